import { useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useComparison } from "../../../app/comparison/hooks.ts";
import type { WholeRun } from "../../../domain/run/types.ts";

/** The kind of questions that the address names, as Compare links to it: its queries once they are known, and how to leave it. */
export const useKind = (run: WholeRun) => {
  const [params, setParams] = useSearchParams();
  const name = params.get("kind");
  const state = useComparison(({ slices }) => slices[run.id]);
  const slice = useComparison((store) => store.slice);
  useEffect(() => {
    if (name) void slice(run);
  }, [name, run, slice]);
  const found = state?.status === "done" ? state.slices.rows.find((row) => row.name === name) : undefined;
  const queries = useMemo(() => (found ? new Set(found.queries) : null), [found]);
  const leave = () =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      next.delete("kind");
      return next;
    });
  return queries && name ? { name, queries, leave } : null;
};
