import { Button, Modal, Stack, Text } from "@mantine/core";
import { IconFileUpload } from "@tabler/icons-react";
import { fromEvent } from "file-selector";
import { useEffect, useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import { useDatasets } from "../../app/datasets/hooks.ts";
import { pick } from "../../app/pick.ts";
import { useModels } from "../../app/registry/hooks.ts";
import { isModelFolder } from "../../app/registry/importFolder.ts";
import { useQuestions } from "../../app/questions/hooks.ts";
import { beirFilesIn } from "../../domain/dataset/index.ts";
import { notifyProblem } from "../components/notify.ts";
import classes from "./shell.module.css";

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** A dropped file by its path inside the folder that was dropped; of a single file its name. */
interface DroppedFile {
  file: File;
  name: string;
}

/** Folders are walked through. */
const filesOf = async (event: DragEvent): Promise<DroppedFile[]> =>
  (await fromEvent(event)).flatMap((found) =>
    found instanceof File ? [{ file: found, name: found.path.replace(/^\.?\//, "") }] : [],
  );

/** Files and folders dropped anywhere on the window; whether some are being dragged over it. */
const useWindowDrop = (onDrop: (files: DroppedFile[]) => void): boolean => {
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
          filesOf(event).then((files) => latest.current(files), notifyProblem);
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

/** The files of a BEIR set among those that were dropped; null when there is none. */
const setIn = (files: readonly DroppedFile[]): DroppedFile[] | null => {
  const names = beirFilesIn(files.map(({ name }) => name));
  return names && files.filter(({ name }) => names.includes(name));
};

/** Files that are one thing: a single one, or those of a BEIR set. */
const grouped = (files: DroppedFile[]): DroppedFile[][] => {
  const set = setIn(files);
  return set ? [set] : files.map((file) => [file]);
};

/** Whether files are documents to write questions about, not pairs: by their endings, or since they come in a folder. */
const areDocuments = (files: readonly DroppedFile[]): boolean =>
  setIn(files) === null &&
  files.some(({ name }) => name.includes("/") || /\.(md|markdown|html?|pdf|docx|zip)$/i.test(name));

/** Where models are imported. */
const MODELS = "/models";
/** Where questions about documents are written. */
const DOCUMENTS = "/data/documents";

/**
 * Files may be dropped on any screen. With a data set open, one is asked what the file is; nothing that is open is
 * replaced without that.
 */
export const WindowDrop = () => {
  const { current, isSet, addFile, addSet, addTestFile, addTestSet, addCorpusFile } = useDatasets(
    pick("current", "isSet", "addFile", "addSet", "addTestFile", "addTestSet", "addCorpusFile"),
  );
  const offerDocuments = useQuestions((state) => state.offer);
  const navigate = useNavigate();
  const here = useLocation().pathname;
  const [waiting, setWaiting] = useState<DroppedFile[][]>([]);
  const [files = [], ...later] = waiting;
  const [file] = files;
  const several = files.length > 1;
  const use = (add: (file: File, name: string) => Promise<void>, addAll?: (all: typeof files) => Promise<void>) => {
    setWaiting(later);
    void navigate("/data");
    if (file) (several && addAll ? addAll(files) : add(file.file, file.name)).catch(notifyProblem);
  };
  const importFolder = useModels((state) => state.importFolder);
  const drop = (dropped: DroppedFile[]) => {
    const [only, ...more] = dropped;
    if (only && more.length === 0 && /\.zip$/i.test(only.name) && here !== MODELS && here !== DOCUMENTS)
      isSet(only.file, only.name).then((set) => take(dropped, set), notifyProblem);
    else take(dropped, false);
  };
  /** @param archive  one archive that holds a BEIR set */
  const take = (dropped: DroppedFile[], archive: boolean) => {
    if (here === MODELS && isModelFolder(dropped.map(({ name }) => name))) {
      importFolder(dropped).then(
        (version) => version !== null && navigate(`${MODELS}?promote=${version}`),
        notifyProblem,
      );
      return;
    }
    if (here === DOCUMENTS || (!archive && areDocuments(dropped))) {
      void navigate(DOCUMENTS);
      offerDocuments(dropped).catch(notifyProblem);
      return;
    }
    const [first, ...others] = grouped(dropped);
    const [only] = first ?? [];
    if (!first || !only) return;
    if (current) return setWaiting([first, ...others]);
    void navigate("/data");
    const added = first.length > 1 ? addSet(first) : addFile(only.file, only.name);
    added.then(() => setWaiting(others), notifyProblem);
  };
  const over = useWindowDrop(drop);
  return (
    <>
      {over && (
        <div className={classes.drop} aria-hidden>
          <IconFileUpload size={48} stroke={1.4} />
          <Text size="xl" fw={600}>
            {here === MODELS ? "Drop an adapter's folder to import it" : "Drop the file to read it"}
          </Text>
          <Text c="dimmed">
            {here === MODELS
              ? "It goes to the server, which checks it. Other files are read in this browser."
              : "It is read in this browser and is not uploaded."}
          </Text>
        </div>
      )}
      <Modal
        opened={file !== undefined && current !== null}
        onClose={() => setWaiting([])}
        title={`What ${several ? "are" : "is"} ${files.map(({ name }) => name).join(", ") || "this file"}?`}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <Stack gap="sm">
          <Button onClick={() => use(addFile, addSet)}>A new data set</Button>
          <Button variant="default" onClick={() => use(addTestFile, addTestSet)}>
            Test pairs for {current?.file.fileName}
          </Button>
          {!several && !file?.name.endsWith(".zip") && (
            <Button variant="default" onClick={() => use(addCorpusFile)}>
              A corpus for {current?.file.fileName}
            </Button>
          )}
        </Stack>
      </Modal>
    </>
  );
};
