import { useCallback, useEffect, useState } from "react";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { Judgement, QuestionList, QuestionRow } from "../../worker/questions/protocol.ts";
import { useStores } from "../stores.ts";
import type { QuestionsState } from "./store.ts";

export const useQuestions = <T>(select: (state: QuestionsState) => T): T =>
  useStore(useStores().questions, useShallow(select));

/** Questions that are read at once. */
const WINDOW = 100;

interface Loaded {
  key: string;
  count: number;
  rows: Record<number, QuestionRow>;
}

/**
 * The questions of a list by place. Windows of them are read as they come into view: `rowAt` is null until then. `key` changes
 * when the lists do.
 */
export const useQuestionRows = (list: QuestionList, key: string) => {
  const rows = useQuestions((state) => state.rows);
  const judge = useQuestions((state) => state.judge);
  const [loaded, setLoaded] = useState<Loaded>({ key: "", count: 0, rows: {} });
  const [windows, setWindows] = useState<readonly number[]>([0]);
  const mine = `${list} ${key}`;
  useEffect(() => {
    let current = true;
    const read = async () => {
      for (const window of windows) {
        const found = await rows(list, window * WINDOW, (window + 1) * WINDOW);
        if (!current) return;
        setLoaded((now) => ({
          key: mine,
          count: found.count,
          rows: {
            ...(now.key === mine ? now.rows : {}),
            ...Object.fromEntries(found.rows.map((row, i) => [window * WINDOW + i, row])),
          },
        }));
      }
    };
    read().catch(reportError);
    return () => void (current = false);
  }, [rows, list, mine, windows]);
  const need = useCallback((place: number) => {
    const window = Math.floor(place / WINDOW);
    setWindows((now) => (now.includes(window) ? now : [...now, window]));
  }, []);
  const here = loaded.key === mine ? loaded : null;
  return {
    /** Null until the list was read. */
    count: here?.count ?? null,
    rowAt: (place: number): QuestionRow | null => here?.rows[place] ?? null,
    need,
    /** Judges the question at a place, and shows what became of it. */
    async judgeAt(place: number, judgement: Judgement) {
      const row = here?.rows[place];
      if (!row) return;
      const changed = await judge(row.id, judgement);
      if (changed) setLoaded((now) => ({ ...now, rows: { ...now.rows, [place]: changed } }));
    },
  };
};
