import { Tabs } from "@mantine/core";
import { Snippet } from "./Snippet.tsx";

const LANGUAGES = [
  ["python", "Python"],
  ["curl", "curl"],
  ["javascript", "JavaScript"],
] as const;

/** The same request in the languages that people take it away in. */
export const Snippets = (props: Record<(typeof LANGUAGES)[number][0], string>) => (
  <Tabs defaultValue="python" keepMounted={false}>
    <Tabs.List mb="sm">
      {LANGUAGES.map(([id, name]) => (
        <Tabs.Tab key={id} value={id}>
          {name}
        </Tabs.Tab>
      ))}
    </Tabs.List>
    {LANGUAGES.map(([id]) => (
      <Tabs.Panel key={id} value={id}>
        <Snippet text={props[id]} />
      </Tabs.Panel>
    ))}
  </Tabs>
);
