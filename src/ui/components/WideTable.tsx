import { Table } from "@mantine/core";
import type { ReactNode } from "react";

/** A table that may be wider than its place: it scrolls sideways, also by keyboard, and shows its bar where it does. */
export const WideTable = (props: { label: string; minWidth: number; mah?: number; children: ReactNode }) => (
  <Table.ScrollContainer
    minWidth={props.minWidth}
    maxHeight={props.mah}
    scrollAreaProps={{
      type: "auto",
      offsetScrollbars: "present",
      viewportProps: { tabIndex: 0, role: "region", "aria-label": `${props.label}, scrollable` },
    }}
  >
    {props.children}
  </Table.ScrollContainer>
);
