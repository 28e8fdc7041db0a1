import { Tooltip, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./components.module.css";
import { GLOSSARY, type TermName } from "./glossary.ts";

/** A word with a quiet question mark that explains it in one sentence, by mouse, keyboard and touch. */
export const Term = ({ of, children }: { of: TermName; children?: ReactNode }) => (
  <span className={classes.term}>
    {children ?? of}
    <Tooltip
      label={GLOSSARY[of]}
      multiline
      w={280}
      withArrow
      events={{ hover: true, focus: true, touch: true }}
      transitionProps={{ duration: 0 }}
    >
      <UnstyledButton type="button" className={classes.ask} aria-label={`What is ${of}?`}>
        ?
      </UnstyledButton>
    </Tooltip>
  </span>
);
