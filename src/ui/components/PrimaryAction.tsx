import { Button, Stack, Text, type ButtonProps } from "@mantine/core";
import { useId, type ReactNode } from "react";
import classes from "./components.module.css";

interface PrimaryActionProps extends Omit<ButtonProps, "disabled" | "children"> {
  onClick: () => void;
  /** What is missing, as an order ("Choose a data set"); null when the button works. */
  missing: string | null;
  /** Beside the button while it works: what it will take. */
  note?: ReactNode;
  children: ReactNode;
}

/**
 * The one primary button of a screen. When it is off it stays focusable and names what is missing, in view and to a
 * screen reader, instead of only greying out.
 */
export const PrimaryAction = ({ missing, note, children, onClick, ...button }: PrimaryActionProps) => {
  const id = useId();
  return (
    <Stack gap={4} className={classes.primary}>
      <Button
        size="md"
        {...button}
        data-disabled={missing !== null || undefined}
        aria-disabled={missing !== null}
        aria-describedby={missing === null ? undefined : id}
        onClick={missing === null ? onClick : (event) => event.preventDefault()}
      >
        {children}
      </Button>
      {missing !== null ? (
        <Text id={id} size="sm" c="dimmed">
          {missing}
        </Text>
      ) : (
        note && (
          <Text size="sm" c="dimmed" className="numbers" component="div">
            {note}
          </Text>
        )
      )}
    </Stack>
  );
};
