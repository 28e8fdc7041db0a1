import { Button, Menu, type ButtonProps } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { measuresUnasked, whyNoRecall } from "../../../app/forms/availability.ts";
import { useForms } from "../../../app/forms/hooks.ts";
import { bytes } from "../../charts/index.ts";
import { notifyProblem } from "../notify.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { FORM_CHOICES, type FormChoice } from "./choices.ts";
import { Entry } from "./Entry.tsx";
import { RecallItem } from "./RecallItem.tsx";
import { ScriptItem } from "./ScriptItem.tsx";
import { useRunTexts } from "./useRunTexts.ts";

/** A tuned model for the person's own disk: the adapter as it is, or a form that another runtime loads. */
export const DownloadMenu = (props: {
  size: ButtonProps["size"];
  /** Of the adapter's files. */
  adapterBytes: number;
  onAdapter: () => Promise<void>;
  /** The run in this browser that it comes from; null where there is none. */
  run: RunRecord | null;
  /** Forms are made here, where the run's test may be at hand, and not by the server. */
  here: boolean;
  onForm: (choice: FormChoice, measure: boolean) => Promise<void>;
}) => {
  const { run, here } = props;
  const under = useForms(({ job }) => job !== null && !job.saved && !job.problem);
  const [busy, setBusy] = useState(false);
  const [open, setOpen] = useState(false);
  const [measure, setMeasure] = useState<boolean | null>(null);
  const texts = useRunTexts(run?.id ?? null, open);
  const measures = here && run !== null && whyNoRecall(run, texts) === null && (measure ?? measuresUnasked(run));
  const adapter = () => {
    setBusy(true);
    props
      .onAdapter()
      .catch(notifyProblem)
      .finally(() => setBusy(false));
  };
  return (
    <Menu
      position="bottom-end"
      withinPortal
      width={340}
      middlewares={{ flip: true, shift: true, size: FITTING }}
      onChange={setOpen}
    >
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
        {here && run && <RecallItem run={run} texts={texts} checked={measures} onChange={setMeasure} />}
        {FORM_CHOICES.map((choice) => (
          <Menu.Item
            key={choice.label}
            disabled={under}
            onClick={() => void props.onForm(choice, measures).catch(notifyProblem)}
          >
            <Entry {...choice} />
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>The run itself, for larger machines</Menu.Label>
        <ScriptItem run={run} texts={texts} busy={under} />
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
