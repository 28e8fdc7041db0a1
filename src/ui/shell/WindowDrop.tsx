import { Button, Modal, Stack, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useDatasets } from "../../app/datasets/hooks.ts";
import { notifyProblem } from "../components/notify.ts";
import { useWindowDrop } from "./useWindowDrop.ts";
import classes from "./shell.module.css";

/**
 * Files may be dropped on any screen. With a data set open, one is asked what the file is; nothing that is open is
 * replaced without that.
 */
export const WindowDrop = () => {
  const { current, addFile, addTestFile, addCorpusFile } = useDatasets((state) => state);
  const navigate = useNavigate();
  const [waiting, setWaiting] = useState<File[]>([]);
  const file = waiting[0];
  const take = (add: (file: File, name: string) => Promise<void>) => {
    setWaiting(waiting.slice(1));
    void navigate("/data");
    if (file) add(file, file.name).catch(notifyProblem);
  };
  const drop = (files: File[]) => {
    const [first, ...others] = files;
    if (!first) return;
    if (current) return setWaiting(files);
    void navigate("/data");
    addFile(first, first.name).then(() => setWaiting(others), notifyProblem);
  };
  const over = useWindowDrop(drop);
  return (
    <>
      {over && (
        <div className={classes.drop} aria-hidden>
          <IconFileUpload size={48} stroke={1.4} />
          <Text size="xl" fw={600}>
            Drop the file to read it
          </Text>
          <Text c="dimmed">It is read in this browser and is not uploaded.</Text>
        </div>
      )}
      <Modal
        opened={file !== undefined && current !== null}
        onClose={() => setWaiting([])}
        title={`What is ${file?.name ?? "this file"}?`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Stack gap="sm">
          <Button onClick={() => take(addFile)}>A new data set</Button>
          <Button variant="default" onClick={() => take(addTestFile)}>
            Test pairs for {current?.parsed.fileName}
          </Button>
          <Button variant="default" onClick={() => take(addCorpusFile)}>
            A corpus for {current?.parsed.fileName}
          </Button>
        </Stack>
      </Modal>
    </>
  );
};
