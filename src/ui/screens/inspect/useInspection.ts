import { useMemo } from "react";
import { useSearchParams } from "react-router";
import type { RunRecord } from "../../../domain/run/types.ts";
import { countChanges, rankChanges, type RankChange } from "../../../domain/evaluation/index.ts";

export const SHOWN = ["all", "improved", "regressed", "unchanged"] as const;
export type Show = (typeof SHOWN)[number];
export type Sort = "change" | "gain" | "loss" | "file";

export interface Row extends RankChange {
  text: string;
}

const orders: Record<Sort, (a: Row, b: Row) => number> = {
  change: (a, b) => Math.abs(b.change) - Math.abs(a.change) || a.change - b.change || a.query - b.query,
  gain: (a, b) => b.change - a.change || a.query - b.query,
  loss: (a, b) => a.change - b.change || a.query - b.query,
  file: (a, b) => a.query - b.query,
};

/** The queries of a scored run as the address filters and sorts them, and the one that is open. */
export const useInspection = (run: RunRecord, within: ReadonlySet<number> | null) => {
  const [params, setParams] = useSearchParams();
  const show = SHOWN.find((name) => name === params.get("show")) ?? "all";
  const sort = (Object.keys(orders) as Sort[]).find((name) => name === params.get("sort")) ?? "change";
  const find = params.get("find") ?? "";
  const all = useMemo(
    () =>
      rankChanges(run.baseline!, run.tuned!).map((change): Row => ({
        ...change,
        text: run.task.queries[change.query]!.text,
      })),
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
  const change = (name: string, value: string | null) =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        if (value === null || value === "") next.delete(name);
        else next.set(name, value);
        return next;
      },
      { replace: true },
    );
  const wanted = Number(params.get("query") ?? Number.NaN);
  const place = Math.max(
    0,
    rows.findIndex(({ query }) => query === wanted),
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
    setShow: (value: Show) => change("show", value === "all" ? null : value),
    setSort: (value: Sort) => change("sort", value === "change" ? null : value),
    setFind: (value: string) => change("find", value),
    setOpen: (query: number) => change("query", String(query)),
  };
};
export type Inspection = ReturnType<typeof useInspection>;
