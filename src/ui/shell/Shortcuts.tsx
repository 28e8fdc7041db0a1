import { Kbd, Modal, Switch } from "@mantine/core";
import { useSettings } from "../../app/settings/hooks.ts";
import classes from "./shell.module.css";

const KEYS: readonly [keys: string, meaning: string][] = [
  ["Ctrl/⌘ K", "Open the palette"],
  ["?", "Show these shortcuts"],
  ["1 … 6", "Go to Data, Train, Compare, Inspect, Models, Playground"],
  ["j  k", "Inspect: next and previous query"],
  ["b", "Inspect: the other model"],
  ["x", "Inspect: flag a bad pair"],
  ["a  r  e", "Questions from documents: accept, reject and edit; j and k move on"],
];

/** All shortcuts, and the switch that turns single-key ones off. */
export const Shortcuts = (props: { opened: boolean; onClose: () => void }) => {
  const { singleKeys, change } = useSettings((state) => state);
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title="Keyboard shortcuts"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <dl className={classes.keys}>
        {KEYS.map(([keys, meaning]) => (
          <div key={keys} style={{ display: "contents" }}>
            <dt>
              <Kbd>{keys}</Kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <Switch
        mt="lg"
        label="Single-key shortcuts"
        description="They rest while you type. Turn them off if a screen reader or voice control needs the keys."
        checked={singleKeys}
        onChange={(event) => change({ singleKeys: event.currentTarget.checked })}
      />
    </Modal>
  );
};
