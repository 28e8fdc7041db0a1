import { readFileSync } from "node:fs";
import type { DataService } from "../../worker/data/protocol.ts";
import { createDatasetsStore } from "../datasets/store.ts";
import { memoryData } from "./data.ts";

/** Lines of the sample's real pairs: texts made by counting would be near duplicates of each other. */
export const sampleLines: readonly string[] = readFileSync(
  new URL("../../../public/samples/support.jsonl", import.meta.url),
  "utf8",
)
  .trim()
  .split("\n");

/** For tests: the store on the real data work, with a disk in memory and downloads kept. */
export const memoryDatasets = (other: Partial<DataService> = {}) => {
  const { data, disk, writes } = memoryData();
  const files: { name: string; file: Blob }[] = [];
  let ids = 0;
  const store = createDatasetsStore({
    data: { ...data, ...other },
    downloads: { file: (name, file) => void files.push({ name, file }) },
    maxTokens: () => 128,
    newId: () => `id-${++ids}`,
    now: () => `2026-01-0${ids + 1}T00:00:00Z`,
  });
  return { store, data, disk, writes, files, state: () => store.getState() };
};
