import { useCallback, useState } from "react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import { StudioError, toProblem, type Problem } from "../../../domain/errors.ts";
import { at } from "../../../domain/present.ts";

/** Fetches a sample of the studio and opens it like a dropped file. */
export const useSample = (): { take: (url: string) => void; busy: boolean; problem: Problem | null } => {
  const addFile = useDatasets((state) => state.addFile);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = useCallback(
    async (url: string) => {
      setBusy(true);
      setProblem(null);
      try {
        const answer = await fetch(url);
        if (!answer.ok)
          throw new StudioError("sample-missing", "The sample could not be fetched.", "Reload the page and try again.");
        await addFile(await answer.blob(), at(url.split("/"), -1));
      } catch (thrown) {
        setProblem(toProblem(thrown));
      } finally {
        setBusy(false);
      }
    },
    [addFile],
  );
  const take = useCallback((url: string) => void load(url), [load]);
  return { take, busy, problem };
};
