import { useMemo } from "react";
import { useExclusions } from "../../../app/datasets/hooks.ts";
import type { WholeRun } from "../../../domain/run/types.ts";

/** Of each model's list. */
const SHOWN = 10;

/**
 * The documents whose texts Inspect needs: those of the open query, and the right ones of queries that a flagged pair may speak
 * of.
 */
export const useShownDocuments = (run: WholeRun, open: number | null): number[] => {
  const pairs = useExclusions((state) => state.pairs);
  const flagged = useMemo(() => {
    const texts = new Set(pairs.map(({ query }) => query));
    return run.queries.flatMap(({ text, relevant }) => (texts.has(text) ? relevant : []));
  }, [pairs, run]);
  return useMemo(() => {
    const lists = [run.baseline, run.tuned].flatMap(
      (evaluation) => evaluation?.perQuery.find(({ query }) => query === open)?.top.slice(0, SHOWN) ?? [],
    );
    const right = open === null ? [] : (run.queries[open]?.relevant ?? []);
    return [...new Set([...flagged, ...right, ...lists])];
  }, [flagged, run, open]);
};
