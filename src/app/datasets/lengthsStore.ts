import { createStore, type StoreApi } from "zustand/vanilla";
import { toProblem, type Problem } from "../../domain/errors.ts";
import type { DatasetView, DataService } from "../../worker/data/protocol.ts";
import type { EngineStore } from "../device/store.ts";
import type { BaseRef } from "../runs/ports.ts";

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
  measure(dataset: DatasetView, base: BaseRef, instruction: string): Promise<void>;
}
export type LengthsStore = StoreApi<LengthsState>;

/** More texts of a kind are sampled evenly: a histogram needs no more. */
export const SAMPLE = 5_000;

export const lengthsKey = ({ summary, revision }: DatasetView, base: BaseRef, instruction: string): string =>
  JSON.stringify([summary.id, revision, base, instruction]);

export const createLengthsStore = (data: Pick<DataService, "tokenLengths">, engineStore: EngineStore): LengthsStore =>
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
        // A base of the hub has to be in this browser; the engine brings it and shows how far it is.
        if (base.source === "hub") await engineStore.getState().requireBase(base);
        const counted = await data.tokenLengths(dataset.summary.id, base, instruction || null, SAMPLE);
        if (get().key === key) set({ status: "ready", ...counted });
      } catch (thrown) {
        if (get().key === key) set({ status: "failed", problem: toProblem(thrown) });
      }
    },
  }));
