import { Menu } from "@mantine/core";
import { type RunTextsState, whyNoRecall } from "../../../app/forms/availability.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { counted } from "../../charts/index.ts";
import { roughDuration } from "../format.ts";
import { Entry } from "./Entry.tsx";

/** Whether the forms below are also measured on the run's test. */
export const RecallItem = ({
  run,
  texts,
  checked,
  onChange,
}: {
  run: RunRecord;
  texts: RunTextsState;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) => {
  const why = whyNoRecall(run, texts);
  const cost = run.tuned
    ? ` Its texts are embedded once more, which took ${roughDuration(run.tuned.seconds)} in the run.`
    : "";
  return (
    <Menu.CheckboxItem checked={checked} disabled={why !== null} onChange={onChange}>
      <Entry
        label="Measure what it costs in recall"
        loadedBy={why ?? `On the run's ${counted(run.test.queries, "test question")}.${cost}`}
      />
    </Menu.CheckboxItem>
  );
};
