import { Button, Group, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { IconCheck, IconDownload } from "@tabler/icons-react";
import { useRef } from "react";
import { badLinesOf, useDatasets, type StoredDataset } from "../../../state/datasets.ts";
import { counted } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import classes from "./data.module.css";

const ROW_HEIGHT = 39;

/** Every line that could not become a pair, and the decision that is the person's. */
export const BadLines = ({ dataset }: { dataset: StoredDataset }) => {
  const { leaveOutBadLines, downloadBadLines } = useDatasets((state) => state);
  const lines = badLinesOf(dataset);
  const scroll = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the list measures itself; it is never memoised
  const list = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  if (lines.length === 0) return null;
  const several = new Set(lines.map(({ file }) => file)).size > 1;
  return (
    <Panel
      title={counted(lines.length, "bad line")}
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
            <Button onClick={() => void leaveOutBadLines()}>Leave out {counted(lines.length, "bad line")}</Button>
          )}
        </Group>
      }
    >
      <Text size="sm" c="dimmed" mb="sm">
        Correct them in the file and drop it again, or leave them out.
      </Text>
      <div
        ref={scroll}
        className={classes.scroll}
        style={{ height: Math.min(320, lines.length * ROW_HEIGHT + 2) }}
        tabIndex={0}
        role="region"
        aria-label="Bad lines"
      >
        <div style={{ height: list.getTotalSize(), position: "relative" }} role="list">
          {list.getVirtualItems().map((item) => {
            const line = lines[item.index]!;
            return (
              <div
                key={item.key}
                role="listitem"
                aria-setsize={lines.length}
                aria-posinset={item.index + 1}
                className={classes.line}
                style={{ transform: `translateY(${item.start}px)`, height: ROW_HEIGHT }}
              >
                <span className="numbers">
                  {several ? `${line.file} ` : "line "}
                  {line.line}
                </span>
                <span className={classes.cut} title={line.reason}>
                  {line.reason}
                </span>
                <span className={`${classes.cut} mono`} title={line.text}>
                  {line.text || "(empty)"}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </Panel>
  );
};
