import { Button } from "@mantine/core";
import { IconFolderUp } from "@tabler/icons-react";
import { useRef } from "react";
import { useModels } from "../../../app/registry/hooks.ts";
import { notifyProblem } from "../../components/notify.ts";

/** Chooses the folder of a model that was trained elsewhere; it may be dropped on the screen as well. */
export const ImportFolder = ({
  onRegistered,
  again = false,
}: {
  onRegistered: (version: string) => void;
  /** After one that was refused. */ again?: boolean;
}) => {
  const importFolder = useModels((state) => state.importFolder);
  const input = useRef<HTMLInputElement | null>(null);
  return (
    <>
      <Button
        variant={again ? "filled" : "default"}
        size={again ? "xs" : "sm"}
        leftSection={<IconFolderUp size={16} aria-hidden />}
        onClick={() => input.current?.click()}
      >
        {again ? "Choose another folder" : "Import a model"}
      </Button>
      <input
        ref={(element) => {
          input.current = element;
          if (element) element.webkitdirectory = true;
        }}
        type="file"
        hidden
        aria-label={again ? "Another folder of an adapter" : "Folder of an adapter"}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])].map((file) => ({
            file,
            name: file.webkitRelativePath || file.name,
          }));
          event.currentTarget.value = "";
          if (files.length > 0)
            importFolder(files).then((version) => version !== null && onRegistered(version), notifyProblem);
        }}
      />
    </>
  );
};
