import { Accordion, Group, Text, Title } from "@mantine/core";
import { useState, type ReactNode } from "react";

/** What is not needed to know whether tuning helped: folded, and neither computed nor drawn before it is opened. */
export const Sections = (props: {
  /** As the address had them. */
  opened: readonly string[];
  onOpened: (ids: readonly string[]) => void;
  children: ReactNode;
}) => {
  // The address follows: it is too slow for two clicks at once.
  const [opened, setOpened] = useState([...props.opened]);
  return (
    <section aria-labelledby="more">
      <Title order={2} id="more" my="xs">
        More
      </Title>
      <Accordion
        multiple
        order={3}
        variant="contained"
        keepMounted={false}
        value={opened}
        onChange={(ids) => {
          setOpened(ids);
          props.onOpened(ids);
        }}
        styles={{ item: { background: "var(--studio-surface)", borderColor: "var(--studio-line)" } }}
      >
        {props.children}
      </Accordion>
    </section>
  );
};

/** One of them. */
export const Section = (props: {
  /** In the address, so that a reload finds it open. */
  id: string;
  title: string;
  /** What it says in a few words, before it is opened. */
  note?: string;
  children: ReactNode;
}) => (
  <Accordion.Item value={props.id}>
    <Accordion.Control>
      <Group component="span" gap="xs" align="baseline">
        <Text span fw={550}>
          {props.title}
        </Text>
        {props.note && (
          <Text span size="sm" c="dimmed">
            {props.note}
          </Text>
        )}
      </Group>
    </Accordion.Control>
    <Accordion.Panel>{props.children}</Accordion.Panel>
  </Accordion.Item>
);
