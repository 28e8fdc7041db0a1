import { Menu } from "@mantine/core";
import { type RunTextsState, whyNoScript } from "../../../app/forms/availability.ts";
import { useForms } from "../../../app/forms/hooks.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { notifyProblem } from "../notify.ts";
import { Entry } from "./Entry.tsx";

/** The run as a script for machines with several cards; where it cannot be made here, why. */
export const ScriptItem = ({
  run,
  texts,
  busy,
}: {
  /** Null where a version's run is not in this browser. */
  run: RunRecord | null;
  texts: RunTextsState;
  busy: boolean;
}) => {
  const script = useForms((state) => state.script);
  const why = whyNoScript(run, texts);
  return (
    <Menu.Item disabled={busy || why !== null} onClick={() => run && void script(run).catch(notifyProblem)}>
      <Entry
        label="Training script"
        loadedBy={why ?? "accelerate, on one card or many; with the run's rows, so it holds your texts"}
      />
    </Menu.Item>
  );
};
