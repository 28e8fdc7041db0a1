import { Button, Modal, Stack, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { useDatasets } from "../../app/datasets/hooks.ts";
import { pick } from "../../app/pick.ts";
import { isBeirSet } from "../../domain/dataset/index.ts";
import { notifyProblem } from "../components/notify.ts";
import classes from "./shell.module.css";

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** Files dropped anywhere on the window; whether some are being dragged over it. */
const useWindowDrop = (onDrop: (files: File[]) => void): boolean => {
  const [over, setOver] = useState(false);
  const latest = useRef(onDrop);
  useEffect(() => {
    latest.current = onDrop;
  });
  useEffect(() => {
    /** Every element under the pointer enters and leaves; the window is left when the counts meet. */
    let depth = 0;
    const leave = () => {
      depth = 0;
      setOver(false);
    };
    const listeners: [string, (event: DragEvent) => void][] = [
      [
        "dragenter",
        (event) => {
          if (carriesFiles(event) && ++depth === 1) setOver(true);
        },
      ],
      [
        "dragleave",
        (event) => {
          if (carriesFiles(event) && --depth <= 0) leave();
        },
      ],
      // Without this the browser opens the file instead.
      ["dragover", (event) => carriesFiles(event) && event.preventDefault()],
      [
        "drop",
        (event) => {
          if (!carriesFiles(event)) return;
          event.preventDefault();
          leave();
          latest.current([...(event.dataTransfer?.files ?? [])]);
        },
      ],
    ];
    for (const [name, listener] of listeners) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of listeners) window.removeEventListener(name, listener as EventListener);
    };
  }, []);
  return over;
};

/** Files that are one thing: a single one, or the three of a BEIR set. */
const grouped = (files: File[]): File[][] =>
  isBeirSet(files.map(({ name }) => name)) ? [files] : files.map((file) => [file]);

/**
 * Files may be dropped on any screen. With a data set open, one is asked what the file is; nothing that is open is
 * replaced without that.
 */
export const WindowDrop = () => {
  const { current, addFile, addSet, addTestFile, addTestSet, addCorpusFile } = useDatasets(
    pick("current", "addFile", "addSet", "addTestFile", "addTestSet", "addCorpusFile"),
  );
  const navigate = useNavigate();
  const [waiting, setWaiting] = useState<File[][]>([]);
  const [files = [], ...later] = waiting;
  const [file] = files;
  const isSet = files.length > 1;
  const named = (list: File[]) => list.map((one) => ({ file: one, name: one.name }));
  const take = (add: (file: File, name: string) => Promise<void>, addAll?: (all: typeof files) => Promise<void>) => {
    setWaiting(later);
    void navigate("/data");
    if (file) (isSet && addAll ? addAll(files) : add(file, file.name)).catch(notifyProblem);
  };
  const drop = (dropped: File[]) => {
    const [first, ...others] = grouped(dropped);
    const [only] = first ?? [];
    if (!first || !only) return;
    if (current) return setWaiting([first, ...others]);
    void navigate("/data");
    const added = first.length > 1 ? addSet(named(first)) : addFile(only, only.name);
    added.then(() => setWaiting(others), notifyProblem);
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
        title={`What ${isSet ? "are" : "is"} ${files.map(({ name }) => name).join(", ") || "this file"}?`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Stack gap="sm">
          <Button onClick={() => take(addFile, (all) => addSet(named(all)))}>A new data set</Button>
          <Button variant="default" onClick={() => take(addTestFile, (all) => addTestSet(named(all)))}>
            Test pairs for {current?.file.fileName}
          </Button>
          {!isSet && (
            <Button variant="default" onClick={() => take(addCorpusFile)}>
              A corpus for {current?.file.fileName}
            </Button>
          )}
        </Stack>
      </Modal>
    </>
  );
};
