import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, type ReactNode } from "react";
import classes from "./components.module.css";

/**
 * A list of rows of one height in a box that scrolls, also by keyboard. Only rows in view are in the page; their
 * places are told to screen readers all the same.
 */
export const LongList = (props: {
  label: string;
  count: number;
  /** CSS pixels of a row. */
  rowHeight: number;
  /** CSS pixels of the box at most; fewer when all rows fit. */
  maxHeight: number;
  /** CSS grid columns of a row. */
  columns: string;
  /** The row that is open: it is kept in view. */
  active?: number;
  children: (index: number) => ReactNode;
}) => {
  const { label, count, rowHeight, maxHeight, columns, active, children } = props;
  const box = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the list measures itself; it is never memoised
  const list = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  useEffect(() => {
    if (active !== undefined) list.scrollToIndex(active, { align: "auto" });
  }, [list, active]);
  return (
    <div
      ref={box}
      className={classes.longList}
      style={{ height: Math.min(maxHeight, count * rowHeight + 2) }}
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <div role="list" style={{ height: list.getTotalSize(), position: "relative" }}>
        {list.getVirtualItems().map(({ index, start, key }) => (
          <div
            key={key}
            role="listitem"
            aria-setsize={count}
            aria-posinset={index + 1}
            aria-current={index === active || undefined}
            className={classes.longListRow}
            style={{ gridTemplateColumns: columns, height: rowHeight, transform: `translateY(${start}px)` }}
          >
            {children(index)}
          </div>
        ))}
      </div>
    </div>
  );
};
