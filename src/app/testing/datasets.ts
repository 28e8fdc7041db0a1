import { readFileSync } from "node:fs";
import type { DataService, StoredDataset } from "../datasets/ports.ts";
import { createDataService } from "./data.ts";
import { createDatasetsStore } from "../datasets/store.ts";

/** Lines of the sample's real pairs: texts made by counting would be near duplicates of each other. */
export const sampleLines: readonly string[] = readFileSync(
  new URL("../../../public/samples/support.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n");

/** For tests: the store on the real data work, with a disk in memory and downloads kept. */
export const memoryDatasets = (other: Partial<DataService> = {}) => {
  const disk = new Map<string, StoredDataset>();
  const texts: { name: string; text: string }[] = [];
  let ids = 0;
  const store = createDatasetsStore({
    data: { ...createDataService(), ...other },
    storage: {
      list: async () => [...disk.values()].map(({ summary }) => summary),
      load: async (id) => disk.get(id) ?? null,
      put: async (dataset) => void disk.set(dataset.summary.id, dataset),
      remove: async (id) => void disk.delete(id),
    },
    downloads: { text: (name, text) => void texts.push({ name, text }) },
    maxTokens: () => 128,
    newId: () => `id-${++ids}`,
    now: () => `2026-01-0${ids + 1}T00:00:00Z`,
  });
  return { store, disk, texts, state: () => store.getState() };
};
