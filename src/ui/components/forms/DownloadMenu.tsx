import { Button, Menu, Text, type ButtonProps } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { useForms } from "../../../app/forms/hooks.ts";
import { bytes } from "../../charts/index.ts";
import { notifyProblem } from "../notify.ts";
import { FORM_CHOICES, type FormChoice } from "./choices.ts";

/** A tuned model for the person's own disk: the adapter as it is, or a form that another runtime loads. */
export const DownloadMenu = (props: {
  size: ButtonProps["size"];
  /** Of the adapter's files. */
  adapterBytes: number;
  onAdapter: () => Promise<void>;
  onForm: (choice: FormChoice) => Promise<void>;
}) => {
  const under = useForms(({ job }) => job !== null && !job.saved && !job.problem);
  const [busy, setBusy] = useState(false);
  const adapter = () => {
    setBusy(true);
    props
      .onAdapter()
      .catch(notifyProblem)
      .finally(() => setBusy(false));
  };
  return (
    <Menu position="bottom-end" withinPortal width={340} middlewares={{ flip: true, shift: true, size: FITTING }}>
      <Menu.Target>
        <Button
          size={props.size}
          variant="default"
          loading={busy}
          leftSection={<IconDownload size={props.size === "xs" ? 15 : 18} aria-hidden />}
        >
          Download
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={adapter}>
          <Entry
            label={`Adapter, ${bytes(props.adapterBytes)}`}
            loadedBy="PEFT, sentence-transformers, this studio; goes with the base"
          />
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Made on demand, checked against the tuned model</Menu.Label>
        {FORM_CHOICES.map((choice) => (
          <Menu.Item key={choice.label} disabled={under} onClick={() => void props.onForm(choice).catch(notifyProblem)}>
            <Entry {...choice} />
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
};

/** Scrolls where the window is too low for all of it. */
const FITTING = {
  padding: 8,
  apply: ({ availableHeight, elements }: { availableHeight: number; elements: { floating: HTMLElement } }) => {
    elements.floating.style.maxHeight = `${Math.max(160, availableHeight)}px`;
    elements.floating.style.overflowY = "auto";
  },
};

const Entry = ({ label, loadedBy }: Pick<FormChoice, "label" | "loadedBy">) => (
  <>
    <Text size="sm">{label}</Text>
    <Text size="xs" c="dimmed">
      {loadedBy}
    </Text>
  </>
);
