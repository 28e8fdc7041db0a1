import type { MeasuredOn } from "../../src/domain/dataset/origin.ts";
import type { Retention } from "../../src/domain/retention/index.ts";
import type { Manifest } from "../../src/domain/artifact/manifest.ts";

export type RecordedComparison = NonNullable<Manifest["evaluation"]>["comparisons"][number];

/** What the registry keeps of a verified artifact; everything else stays in its manifest. */
export interface ArtifactFacts {
  name: string;
  fingerprint: string;
  base: { id: string; revision: string; sha256: string };
  prompt: { query: string; document: string };
  /** Absent where the studio trained the model. */
  origin?: "imported";
  /** Null when it was trained elsewhere. */
  dataset: { name: string; fingerprint: string; rows: number } | null;
  /** Of the evaluation; null when the run had no test set. */
  splitHash: string | null;
  /** Queries of the test split. */
  queries: number;
  /** Baseline against tuned; empty when the manifest holds no evaluation. */
  comparisons: RecordedComparison[];
  /** What the test's questions are; absent where they are people's own, and without a test. */
  measuredOn?: MeasuredOn;
  /** The strength at which another version's adapter was taken; absent where it was trained itself. */
  strength?: number;
  /** What it still finds of the general set; absent where that was not measured. */
  retention?: Retention;
}

export const factsOf = (manifest: Manifest): ArtifactFacts => ({
  name: manifest.name,
  fingerprint: manifest.fingerprint,
  base: manifest.base,
  prompt: { query: manifest.prompt.query, document: manifest.prompt.document },
  ...(manifest.imported && { origin: "imported" }),
  dataset: manifest.dataset,
  splitHash: manifest.evaluation?.splitHash ?? null,
  queries: manifest.evaluation?.queries ?? 0,
  comparisons: manifest.evaluation?.comparisons ?? [],
  ...(manifest.evaluation?.measuredOn && { measuredOn: manifest.evaluation.measuredOn }),
  ...(manifest.scaled && { strength: manifest.scaled.strength }),
  ...(manifest.retention && { retention: manifest.retention }),
});
