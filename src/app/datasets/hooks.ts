import { useCallback, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { useShallow } from "zustand/react/shallow";
import type { DatasetView, FileBadLine } from "../../worker/data/protocol.ts";
import { useStores } from "../stores.ts";
import type { ExcludedPair, ExclusionsState } from "./exclusionsStore.ts";
import type { LengthsState } from "./lengthsStore.ts";
import type { MiningState } from "./miningStore.ts";
import type { DatasetsState } from "./state.ts";

export const useExclusions = <T>(select: (state: ExclusionsState) => T): T => useStore(useStores().exclusions, select);
export const useLengths = <T>(select: (state: LengthsState) => T): T =>
  useStore(useStores().lengths, useShallow(select));
export const useMining = <T>(select: (state: MiningState) => T): T => useStore(useStores().mining, select);
export const useDatasets = <T>(select: (state: DatasetsState) => T): T =>
  useStore(useStores().datasets, useShallow(select));

/** Bad lines that are read at once. */
const WINDOW = 100;

/**
 * The bad lines of a data set by place. The first are here; `need` has the others read, window by window, as they come into
 * view, and `lineAt` is null until then.
 */
export const useBadLines = ({ summary: { id }, revision, badLines: first }: DatasetView) => {
  const read = useDatasets((state) => state.badLines);
  const key = `${id} ${revision} ${first.length}`;
  const [loaded, setLoaded] = useState({ key, windows: {} as Record<number, FileBadLine[]> });
  const asked = useRef(new Set<string>());
  const need = useCallback(
    (index: number) => {
      const window = Math.floor(index / WINDOW);
      const question = `${key} ${window}`;
      if (index < first.length || asked.current.has(question)) return;
      asked.current.add(question);
      read(window * WINDOW, (window + 1) * WINDOW).then(
        (lines) => setLoaded((now) => ({ key, windows: { ...(now.key === key ? now.windows : {}), [window]: lines } })),
        (thrown: unknown) => {
          asked.current.delete(question); // the next time it comes into view it is asked for again
          reportError(thrown);
        },
      );
    },
    [key, first.length, read],
  );
  const windows = loaded.key === key ? loaded.windows : {};
  const lineAt = (index: number): FileBadLine | null =>
    first[index] ?? windows[Math.floor(index / WINDOW)]?.[index % WINDOW] ?? null;
  return { lineAt, need };
};

/** The pairs flagged as bad that the files of a data set hold. */
export const useFlaggedPairs = (dataset: DatasetView): readonly ExcludedPair[] => {
  const flagged = useExclusions((state) => state.pairs);
  const holds = useDatasets((state) => state.holds);
  const [here, setHere] = useState<readonly ExcludedPair[]>([]);
  const rows = `${dataset.summary.id} ${dataset.revision}`;
  useEffect(() => {
    if (flagged.length === 0) return;
    let current = true;
    holds(flagged).then((held) => current && setHere(flagged.filter((_, i) => held[i])), reportError);
    return () => void (current = false);
  }, [flagged, holds, rows]);
  return flagged.length === 0 ? [] : here;
};
