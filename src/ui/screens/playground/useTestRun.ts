import { useEffect, useState } from "react";
import { useSearchParams } from "react-router";
import { useModels } from "../../../app/registry/hooks.ts";
import { runOf } from "../../../app/registry/sameModel.ts";
import { useReadDocuments, useRuns, useWholeRuns } from "../../../app/runs/hooks.ts";
import { rightPlaces } from "../../../app/search/rightDocuments.ts";

/** The run of the model in production (or the one of the address) with its test set, where this browser has it. */
export const useTestRun = () => {
  const [params] = useSearchParams();
  const list = useModels((state) => state.list);
  const runs = useRuns((state) => state.runs);
  const run = runs.find(({ id }) => id === params.get("run")) ?? runOf(list?.production ?? null, runs, list);
  const [whole] = useWholeRuns(run?.tuned ? [run] : []);
  return whole;
};

/** Texts of the documents that the test set calls right for a question; null when it says nothing of it, or cannot be read. */
export const useRightDocuments = (q: string): string[] | null => {
  const whole = useTestRun();
  const read = useReadDocuments();
  const run = whole?.status === "ready" ? whole.value : null;
  const [found, setFound] = useState<{ q: string; texts: string[] } | null>(null);
  const runId = run?.id;
  // As text: the run is another object at each render, and would be read again and again.
  const places = run ? rightPlaces(run, q).join(" ") : "";
  useEffect(() => {
    if (runId === undefined || places === "") return;
    let gone = false;
    // Without the texts nothing is marked; the answers themselves do not need them.
    read(runId, places.split(" ").map(Number)).then(
      (texts) => !gone && setFound({ q, texts }),
      () => undefined,
    );
    return () => void (gone = true);
  }, [runId, places, q, read]);
  return found?.q === q ? found.texts : null;
};
