import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import type { EngineStore } from "../device/store.ts";
import type { BaseRef, EngineService } from "../runs/ports.ts";
import { rowsOf } from "./contents.ts";
import type { StoredDataset } from "./ports.ts";

/** Token counts of the open data set with the chosen base's own tokenizer. */
export interface LengthsState {
  /** What was counted: data set, base and instruction; null before the first count. */
  key: string | null;
  status: "idle" | "counting" | "ready" | "failed";
  problem: Problem | null;
  queries: Int32Array;
  documents: Int32Array;
  /** Of how many texts at most {@link SAMPLE} were counted. */
  texts: number;
  measure(dataset: StoredDataset, base: BaseRef, instruction: string): Promise<void>;
}
export type LengthsStore = StoreApi<LengthsState>;

/** More texts of a kind are sampled evenly: a histogram needs no more. */
export const SAMPLE = 5_000;

/** At most `count` items, evenly spread over the list. */
const spread = <T>(items: readonly T[], count: number): T[] =>
  items.length <= count
    ? [...items]
    : Array.from({ length: count }, (_, i) => at(items, Math.floor((i * items.length) / count)));

export const lengthsKey = (dataset: StoredDataset, base: BaseRef, instruction: string): string =>
  JSON.stringify([
    dataset.summary.id,
    dataset.parsed.dialect,
    dataset.excluded.length,
    dataset.decisions,
    dataset.test?.fileName,
    base,
    instruction,
  ]);

export const createLengthsStore = (
  engine: Pick<EngineService, "tokenLengths">,
  engineStore: EngineStore,
): LengthsStore =>
  createStore<LengthsState>((set, get) => ({
    key: null,
    status: "idle",
    problem: null,
    queries: new Int32Array(),
    documents: new Int32Array(),
    texts: 0,
    async measure(dataset, base, instruction) {
      const key = lengthsKey(dataset, base, instruction);
      if (get().key === key && get().status !== "failed") return;
      set({ key, status: "counting", problem: null });
      try {
        await engineStore.getState().requireBase(base);
        const { rows } = rowsOf(dataset);
        const queries = rows.map(({ query }) => query);
        const documents = rows.flatMap(({ positives, negatives }) => [...positives, ...negatives]);
        const task = instruction === "" ? null : instruction;
        const counted = {
          queries: await engine.tokenLengths(spread(queries, SAMPLE), "query", task),
          documents: await engine.tokenLengths(spread(documents, SAMPLE), "document", null),
        };
        if (get().key === key) set({ status: "ready", ...counted, texts: queries.length + documents.length });
      } catch (thrown) {
        engineStore.getState().forget();
        if (get().key === key) set({ status: "failed", problem: toProblem(thrown) });
      }
    },
  }));
