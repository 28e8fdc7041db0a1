import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import classes from "./shell.module.css";

export type Tone = "good" | "warn" | "bad" | "idle" | "busy";

/** One fact in the top bar. The tone is in words too, so that color is never alone. */
export const StatusChip = (props: {
  name: string;
  value: ReactNode;
  /** What a phone shows of a busy value: a word or two. */
  short?: string;
  tone: Tone;
  detail: string;
  to?: string;
}) => {
  const inner = (
    <>
      <span className={classes.dot} data-tone={props.tone} aria-hidden />
      <span className={classes.chipName}>{props.name}</span>
      <span className={classes.chipValue}>{props.value}</span>
      {props.short && (
        <span className={classes.chipShort} aria-hidden>
          {props.short}
        </span>
      )}
    </>
  );
  return (
    <Tooltip label={props.detail}>
      {props.to ? (
        <Link to={props.to} className={classes.chip} data-busy={props.tone === "busy" || undefined}>
          {inner}
        </Link>
      ) : (
        <span className={classes.chip} tabIndex={0} role="group" aria-label={`${props.name}: ${props.detail}`}>
          {inner}
        </span>
      )}
    </Tooltip>
  );
};
