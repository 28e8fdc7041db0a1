import { Group, Radio, Text } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./setup.module.css";

/** One of a few, as cards; a radio group to keyboard and screen reader. */
export const OptionCards = <T extends string>(props: {
  label: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly { value: T; title: string; body: ReactNode }[];
}) => (
  <Radio.Group value={props.value} onChange={(value) => props.onChange(value)} aria-label={props.label}>
    <div className={classes.cards}>
      {props.options.map((option) => (
        <Radio.Card key={option.value} value={option.value} className={classes.card}>
          <Group wrap="nowrap" align="flex-start" gap="sm">
            <Radio.Indicator mt={2} />
            <div>
              <Text fw={600}>{option.title}</Text>
              <Text size="sm" c="dimmed" component="div">
                {option.body}
              </Text>
            </div>
          </Group>
        </Radio.Card>
      ))}
    </div>
  </Radio.Group>
);
