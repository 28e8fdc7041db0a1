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

const plain = (text: string): string => text.normalize("NFKC").toLocaleLowerCase();
const wordsOf = (find: string): string[] => plain(find).split(/\s+/).filter(Boolean);
/** Whether a text holds every word, in any order; the beginning of a word is enough, or any part of it. */
const holdsAll = (text: string, words: readonly string[]): boolean => {
  const held = plain(text);
  return words.every((word) => held.includes(word));
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
  const found = useMemo(() => {
    const words = wordsOf(find);
    return all.filter(({ text, query }) => (!within || within.has(query)) && holdsAll(text, words));
  }, [all, find, within]);
  const rows = useMemo(
    () => found.filter(({ kind }) => show === "all" || kind === show).sort(orders[sort]),
    [found, show, sort],
  );
  const place = Math.max(
    0,
    rows.findIndex(({ query }) => String(query) === wanted),
  );
  return {
    /** Of the queries that pass search and kind. */
    counts: useMemo(() => countChanges(found), [found]),
    total: found.length,
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
