import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./components.module.css";

/** A measured number with its name; `size="lg"` is for the one headline of a screen. */
export const Figure = (props: {
  label: ReactNode;
  value: ReactNode;
  detail?: ReactNode;
  size?: "md" | "lg";
  tone?: "plain" | "good" | "bad";
}) => (
  <div className={classes.figure} data-size={props.size ?? "md"} data-tone={props.tone ?? "plain"}>
    <div className="overline">{props.label}</div>
    <div className={classes.figureValue}>{props.value}</div>
    {props.detail && (
      <Text size="sm" c="dimmed" component="div">
        {props.detail}
      </Text>
    )}
  </div>
);
