import type { Provenance } from "../../domain/dataset/provenance.ts";
import { judgedLines } from "../../domain/judged/file.ts";
import { personalFindings, type PersonalFinding } from "../../domain/judged/personal.ts";
import type { JudgedCounts, JudgedPair } from "../../domain/judged/types.ts";
import type { DatasetsStore } from "../datasets/state.ts";

/** Pairs that were read and wait for a look before they become a data set. */
export interface Imported {
  /** Of the data set, as a file name. */
  name: string;
  pairs: JudgedPair[];
  counts: JudgedCounts;
  /** What looks like personal data; it has to be looked at first. */
  personal: PersonalFinding[];
  provenance: Provenance;
}

export const imported = (from: Omit<Imported, "personal">): Imported => ({
  ...from,
  personal: personalFindings(from.pairs),
});

/** What a person decided about the pairs. */
export interface Taking {
  /** Pairs that hold personal data are taken too. */
  withPersonal: boolean;
  /** Places of pairs that are left out whatever they hold. */
  without: ReadonlySet<number>;
}

/** Makes a data set of what was read, with or without the pairs that hold personal data. */
export const takeImported = (
  datasets: DatasetsStore,
  { name, pairs, personal, provenance }: Imported,
  { withPersonal, without }: Taking,
): Promise<void> => {
  const left = new Set([...without, ...(withPersonal ? [] : personal.map(({ pair }) => pair))]);
  const lines = judgedLines(pairs.filter((_, place) => !left.has(place)));
  return datasets.getState().addFile(new Blob(lines, { type: "application/jsonl" }), name, provenance);
};
