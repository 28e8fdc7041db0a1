import { useMemo, useState } from "react";
import { useSearchParams } from "react-router";
import { at, present } from "../../../domain/present.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { byWeight, countChanges, rankChanges, type RankChange } from "../../../domain/evaluation/index.ts";

export const SHOWN = ["all", "won", "lost", "stayed"] as const;
export type Show = (typeof SHOWN)[number];
export type Sort = "change" | "gain" | "loss" | "file";

export interface Row extends RankChange {
  text: string;
}

const orders: Record<Sort, (a: Row, b: Row) => number> = {
  change: byWeight,
  gain: (a, b) => b.change - a.change || a.query - b.query,
  loss: (a, b) => a.change - b.change || a.query - b.query,
  file: (a, b) => a.query - b.query,
};

/**
 * A value that the address keeps. It changes at once, because the router may take its time and keys or letters that
 * follow must already see it.
 */
const useAddressed = (name: string, initial: string) => {
  const [params, setParams] = useSearchParams();
  const [value, setValue] = useState(params.get(name) ?? initial);
  const set = (next: string) => {
    setValue(next);
    setParams(
      (now) => {
        const changed = new URLSearchParams(now);
        if (next === initial) changed.delete(name);
        else changed.set(name, next);
        return changed;
      },
      { replace: true },
    );
  };
  return [value, set] as const;
};

/** The queries of a scored run as the address filters and sorts them, and the one that is open. */
export const useInspection = (run: WholeRun, within: ReadonlySet<number> | null) => {
  const [shown, setShow] = useAddressed("show", "all");
  const [order, setSort] = useAddressed("sort", "change");
  const [find, setFind] = useAddressed("find", "");
  const [wanted, setOpen] = useAddressed("query", "");
  const show = SHOWN.find((name) => name === shown) ?? "all";
  const sort = (Object.keys(orders) as Sort[]).find((name) => name === order) ?? "change";
  const all = useMemo(
    () =>
      rankChanges(present(run.baseline, "baseline score"), present(run.tuned, "score of the tuned model")).map(
        (change): Row => ({
          ...change,
          text: at(run.queries, change.query).text,
        }),
      ),
    [run],
  );
  const rows = useMemo(() => {
    const needle = find.trim().toLocaleLowerCase();
    return all
      .filter(
        ({ kind, text, query }) =>
          (show === "all" || kind === show) &&
          (!within || within.has(query)) &&
          text.toLocaleLowerCase().includes(needle),
      )
      .sort(orders[sort]);
  }, [all, show, sort, find, within]);
  const place = Math.max(
    0,
    rows.findIndex(({ query }) => String(query) === wanted),
  );
  return {
    counts: useMemo(() => countChanges(all), [all]),
    total: all.length,
    rows,
    show,
    sort,
    find,
    place,
    open: rows[place] ?? null,
    setShow: (value: Show) => setShow(value),
    setSort: (value: Sort) => setSort(value),
    setFind,
    setOpen: (query: number) => setOpen(String(query)),
  };
};
