import { at } from "../../../domain/present.ts";
import { Button, Group, Text } from "@mantine/core";
import { IconCheck, IconDownload } from "@tabler/icons-react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { badLinesOf, type StoredDataset } from "../../../app/datasets/store.ts";
import { linesLost } from "../../../domain/dataset/index.ts";
import { counted } from "../../components/format.ts";
import { LongList } from "../../components/LongList.tsx";
import { Panel } from "../../components/Panel.tsx";
import classes from "./data.module.css";

const ROW_HEIGHT = 39;

/** Every line that could not become a pair, and the decision that is the person's. */
export const BadLines = ({ dataset }: { dataset: StoredDataset }) => {
  const { leaveOutBadLines, downloadBadLines } = useDatasets((state) => state);
  const lines = badLinesOf(dataset);
  if (lines.length === 0) return null;
  const lost = linesLost(lines);
  const several = new Set(lines.map(({ file }) => file)).size > 1;
  return (
    <Panel
      title={counted(lost, "bad line")}
      note={dataset.leaveOut ? "left out, as you chose" : "nothing goes on before you decide"}
      actions={
        <Group gap="sm">
          <Button variant="default" leftSection={<IconDownload size={17} aria-hidden />} onClick={downloadBadLines}>
            Download them
          </Button>
          {dataset.leaveOut ? (
            <Text c="dimmed" size="sm">
              <IconCheck size={16} aria-hidden style={{ verticalAlign: "-3px" }} /> Left out
            </Text>
          ) : (
            <Button onClick={() => void leaveOutBadLines()}>Leave out {counted(lost, "bad line")}</Button>
          )}
        </Group>
      }
    >
      <Text size="sm" c="dimmed" mb="sm">
        Correct them in the file and drop it again, or leave them out.
      </Text>
      <LongList
        label="Bad lines"
        count={lines.length}
        rowHeight={ROW_HEIGHT}
        maxHeight={320}
        columns="72px minmax(160px, 1fr) minmax(200px, 2fr)"
      >
        {(index) => {
          const line = at(lines, index);
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
        }}
      </LongList>
    </Panel>
  );
};
