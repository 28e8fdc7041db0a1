import { Button, Group, Text } from "@mantine/core";
import { useEffect } from "react";
import { IconCheck, IconDownload } from "@tabler/icons-react";
import { useBadLines, useDatasets } from "../../../app/datasets/hooks.ts";
import type { DatasetView, FileBadLine } from "../../../app/datasets/store.ts";
import { pick } from "../../../app/pick.ts";
import { counted } from "../../components/format.ts";
import { LongList } from "../../components/LongList.tsx";
import { Panel } from "../../components/Panel.tsx";
import classes from "./data.module.css";

const ROW_HEIGHT = 39;

/** Every line that could not become a pair, and the decision that is the person's. */
export const BadLines = ({ dataset }: { dataset: DatasetView }) => {
  const { leaveOutBadLines, downloadBadLines } = useDatasets(pick("leaveOutBadLines", "downloadBadLines"));
  const { lineAt, need } = useBadLines(dataset);
  const lost = dataset.summary.badLines;
  if (dataset.badRecords === 0) return null;
  const several = dataset.filesWithBadLines > 1;
  return (
    <Panel
      title={counted(lost, "bad line")}
      note={dataset.leaveOut ? "left out, as you chose" : "decide before you continue"}
      actions={
        <Group gap="sm">
          <Button variant="default" leftSection={<IconDownload size={17} aria-hidden />} onClick={downloadBadLines}>
            Download
          </Button>
          {dataset.leaveOut ? (
            <Text c="dimmed" size="sm">
              <IconCheck size={16} aria-hidden style={{ verticalAlign: "-3px" }} /> Left out
            </Text>
          ) : dataset.summary.rows === 0 ? null : (
            <Button onClick={() => void leaveOutBadLines()}>Leave out {counted(lost, "bad line")}</Button>
          )}
        </Group>
      }
    >
      <Text size="sm" c="dimmed" mb="sm">
        Fix them in the file and drop it again{dataset.summary.rows > 0 && ", or leave them out"}.
      </Text>
      <LongList
        label="Bad lines"
        count={dataset.badRecords}
        rowHeight={ROW_HEIGHT}
        maxHeight={320}
        columns="72px minmax(160px, 1fr) minmax(200px, 2fr)"
      >
        {(index) => <Line line={lineAt(index)} several={several} onShown={() => need(index)} />}
      </LongList>
    </Panel>
  );
};

/** A bad line, which is read when it comes into view. */
const Line = (props: { line: FileBadLine | null; several: boolean; onShown: () => void }) => {
  const { line, several, onShown } = props;
  useEffect(onShown);
  if (!line) return <span className="numbers">…</span>;
  return (
    <>
      <span className="numbers">
        {several ? `${line.file} ` : "line "}
        {line.lines ? `${line.line}–${line.line + line.lines - 1}` : line.line}
      </span>
      <span className={classes.cut} title={line.reason}>
        {line.reason}
      </span>
      <span className={`${classes.cut} mono`} title={line.text}>
        {line.text || "(empty)"}
      </span>
    </>
  );
};
