import { useEffect, useMemo } from "react";
import { useSearchParams } from "react-router";
import { useComparison } from "../../../app/comparison/hooks.ts";
import { NO_COLUMNS, sliceKey } from "../../../app/comparison/store.ts";
import { columnSlices } from "../../../domain/evaluation/index.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { notifyProblem } from "../../components/notify.ts";

/** A kind of questions: the value of a column, or a name of Compare's own (by length, by shared words). */
interface Kind {
  by: string | null;
  name: string;
}

/**
 * The kind of questions that the address names, as Compare links to it: its queries once they are known, how to leave it, and the
 * kinds that the data set's columns offer.
 */
export const useKind = (run: WholeRun) => {
  const [params, setParams] = useSearchParams();
  const name = params.get("kind");
  const by = params.get("by");
  const columns = useComparison((store) => store.columns[run.id] ?? NO_COLUMNS);
  const readColumns = useComparison((store) => store.readColumns);
  const state = useComparison(({ slices }) => slices[sliceKey(run, null)]);
  const slice = useComparison((store) => store.slice);
  useEffect(() => void readColumns(run).catch(notifyProblem), [readColumns, run]);
  useEffect(() => {
    if (name && !by) void slice(run);
  }, [name, by, run, slice]);
  const groups = useMemo(
    () => columns.map((column) => ({ column: column.name, slices: columnSlices(column) })),
    [columns],
  );
  const slices = by ? groups.find(({ column }) => column === by)?.slices : undefined;
  const computed = state?.status === "done" ? state.slices.rows : undefined;
  const found = (by ? slices : computed)?.find((row) => row.name === name);
  const queries = useMemo(() => (found ? new Set(found.queries) : null), [found]);
  const choose = (kind: Kind | null) =>
    setParams((now) => {
      const next = new URLSearchParams(now);
      for (const [key, value] of [
        ["kind", kind?.name],
        ["by", kind?.by],
      ] as const)
        if (value) next.set(key, value);
        else next.delete(key);
      return next;
    });
  return {
    kind: queries && name ? { name: by ? `${by}: ${name}` : name, queries } : null,
    groups,
    chosen: by && name ? { by, name } : null,
    choose,
  };
};
