import { Box, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconFlagFilled, IconMinus } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { rankText } from "../../../app/comparison/ranks.ts";
import type { RankChange } from "../../../domain/evaluation/index.ts";
import { at } from "../../../domain/present.ts";
import classes from "./inspect.module.css";
import type { Row } from "./useInspection.ts";

const ROW = 58;
/** The color tells what crossed the first ten, the arrow which way the document moved. */
const moved = ({ kind, change }: Pick<RankChange, "kind" | "change">) => {
  const Icon = change > 0 ? IconArrowUp : change < 0 ? IconArrowDown : IconMinus;
  const word = kind !== "stayed" ? kind : change > 0 ? "moved up" : change < 0 ? "moved down" : "stayed";
  return { Icon, word };
};

/**
 * All queries that pass the filters; only those in view are in the page. The open one is kept in view, and is the one stop of the Tab key:
 * from there arrows open the one above or below.
 */
export const QueryTable = (props: {
  rows: readonly Row[];
  place: number;
  flagged: (query: number) => boolean;
  onOpen: (query: number) => void;
}) => {
  const { rows, place } = props;
  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the list measures itself; it is never memoised
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  useEffect(() => {
    if (rows.length > 0) list.scrollToIndex(place, { align: "auto" });
  }, [list, place, rows.length]);
  useEffect(() => {
    if (box.current?.contains(document.activeElement))
      box.current.querySelector<HTMLElement>("button[tabindex='0']")?.focus({ preventScroll: true });
  }, [place]);
  const onKeyDown = (event: KeyboardEvent) => {
    const next = rows[place + (event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0)];
    if (!next || !event.key.startsWith("Arrow")) return;
    event.preventDefault();
    props.onOpen(next.query);
  };
  return (
    <Box role="table" aria-label="Queries" aria-rowcount={rows.length + 1} className={classes.table}>
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={classes.head}>
          <span role="columnheader">Query</span>
          <span role="columnheader">Right document at</span>
        </div>
      </div>
      <div ref={box} className={classes.scroll} role="rowgroup">
        <div style={{ height: list.getTotalSize(), position: "relative" }}>
          {list.getVirtualItems().map(({ index, start, key }) => {
            const row = at(rows, index);
            const { Icon, word } = moved(row);
            return (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                aria-current={index === place || undefined}
                className={classes.row}
                style={{ height: ROW, transform: `translateY(${start}px)` }}
              >
                <div role="cell" className={classes.query}>
                  <UnstyledButton
                    className={classes.open}
                    tabIndex={index === place ? 0 : -1}
                    onClick={() => props.onOpen(row.query)}
                    onKeyDown={onKeyDown}
                  >
                    <Text size="sm" lineClamp={2}>
                      {row.text}
                    </Text>
                  </UnstyledButton>
                  {props.flagged(row.query) && (
                    <IconFlagFilled size={14} aria-label="Flagged as a bad pair" role="img" />
                  )}
                </div>
                <div role="cell" className={classes.change} data-kind={row.kind}>
                  <Icon size={14} role="img" aria-label={word} />
                  {rankText(row)}
                </div>
              </div>
            );
          })}
        </div>
      </div>
    </Box>
  );
};
