import { ActionIcon, Group, TextInput, Tooltip } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { useRuns } from "../../../../app/runs/hooks.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { notifyProblem } from "../../../components/notify.ts";

/** Changes a run's name: a pencil, then a field that Enter or leaving it saves and Escape gives up. */
export const RunName = ({ run }: { run: RunRecord }) => {
  const rename = useRuns((state) => state.rename);
  const [name, setName] = useState<string | null>(null);
  const pencil = useRef<HTMLButtonElement>(null);
  const end = (saved: string | null) => {
    if (name === null) return;
    setName(null);
    if (saved !== null) rename(run.id, saved).catch(notifyProblem);
    setTimeout(() => pencil.current?.focus()); // once it is there again
  };
  if (name === null)
    return (
      <Tooltip label="Rename this run">
        <ActionIcon
          ref={pencil}
          variant="subtle"
          color="gray"
          aria-label={`Rename ${run.name}`}
          onClick={() => setName(run.name)}
        >
          <IconPencil size={17} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    );
  return (
    <Group
      component="form"
      gap="xs"
      onSubmit={(event) => {
        event.preventDefault();
        end(name);
      }}
    >
      <TextInput
        aria-label="Name of this run"
        value={name}
        maxLength={80}
        w={320}
        maw="100%"
        autoFocus
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={() => end(name)}
        onKeyDown={(event) => event.key === "Escape" && end(null)}
      />
    </Group>
  );
};
