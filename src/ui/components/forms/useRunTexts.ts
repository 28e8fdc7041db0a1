import { useEffect, useState } from "react";
import type { RunTextsState } from "../../../app/forms/availability.ts";
import { useForms } from "../../../app/forms/hooks.ts";
import { toProblem } from "../../../domain/errors.ts";

/** @param runId null where no run in this browser is meant @param open looked at when the menu opens */
export const useRunTexts = (runId: string | null, open: boolean): RunTextsState => {
  const hasTexts = useForms((state) => state.hasTexts);
  const [known, setKnown] = useState<RunTextsState>("looking");
  useEffect(() => {
    if (!open || runId === null) return;
    let stale = false;
    hasTexts(runId).then(
      (here) => !stale && setKnown(here ? "here" : { missing: "The run's texts are not in this browser any more" }),
      (thrown: unknown) => !stale && setKnown({ missing: toProblem(thrown).message.replace(/\.$/, "") }),
    );
    return () => {
      stale = true;
    };
  }, [hasTexts, runId, open]);
  return known;
};
