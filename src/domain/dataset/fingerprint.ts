import { sha256List } from "../text/index.ts";
import type { DatasetIdentity, PairRow } from "./types.ts";

/** SHA-256 of one row's exact texts and labels. The order of documents within a row does not change what is learned. */
const rowFingerprint = ({ query, positives, negatives, grades, teacher }: PairRow): string =>
  sha256List([
    query,
    sha256List([...positives].sort()),
    sha256List([...negatives].sort()),
    ...(teacher ? [sha256List(teacherLines({ positives, negatives, teacher }))] : []),
    ...(grades ? [sha256List(positives.map((text, i) => `${grades[i] ?? 1}:${text}`).sort())] : []),
  ]);

const teacherLines = ({
  positives,
  negatives,
  teacher,
}: Pick<PairRow, "positives" | "negatives" | "teacher">): string[] =>
  (["positives", "negatives"] as const).flatMap((side) =>
    ({ positives, negatives })[side].map((text, i) => `${side}:${teacher?.[side][i] ?? ""}:${text}`).sort(),
  );

export interface IdentityOptions {
  /** The task sentence in front of queries; null is the base's own prompt. */
  instruction?: string | null;
  /** Documents of a dropped corpus. */
  corpus?: readonly string[];
}

/**
 * What a data set is, without any of its text: SHA-256 over the sorted row fingerprints, the instruction and the extra
 * documents. The order of rows, of JSON keys and line numbers do not matter; any change of a text, a label
 * (positive or negative), a repetition or the instruction does.
 */
export const fingerprintDataset = (
  rows: readonly PairRow[],
  { instruction = null, corpus = [] }: IdentityOptions = {},
): string =>
  sha256List([
    "dataset/1",
    instruction === null ? "base-prompt" : `instruction:${instruction}`,
    ...rows.map(rowFingerprint).sort(),
    "corpus",
    ...corpus.map((text) => sha256List([text])).sort(),
  ]);

/** Name, size and fingerprint, as the manifest carries them. */
export const datasetIdentity = (
  name: string,
  rows: readonly PairRow[],
  options: IdentityOptions = {},
): DatasetIdentity => ({
  name,
  fingerprint: fingerprintDataset(rows, options),
  rows: rows.length,
});
