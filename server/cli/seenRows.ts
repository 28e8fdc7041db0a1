import { MANIFEST_PATH, parseManifest, type Manifest } from "../../src/domain/artifact/index.ts";
import { fingerprintDataset } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";

type Trained = Pick<Manifest, "dataset" | "split" | "prompt">;

/** What an adapter's manifest says of its training; null without a manifest, and where it was trained elsewhere. */
export const trainedOn = async (files: ModelFiles): Promise<Trained | null> => {
  if ((await files.size(MANIFEST_PATH)) === null) return null;
  const manifest = parseManifest(await files.read(MANIFEST_PATH));
  return manifest.dataset && manifest.split ? manifest : null;
};

/**
 * A caution about rows that the adapter may have been trained on: such a test flatters it. The manifest knows the data set by its
 * fingerprint alone, so a part of it cannot be told from other rows.
 */
export const seenNote = ({ dataset, split, prompt }: Trained, { rows, corpus }: ParsedDataset): string | null => {
  if (!dataset || !split || split.train === 0) return null;
  const prints = [null, prompt.instruction].map((instruction) => fingerprintDataset(rows, { instruction, corpus }));
  return prints.includes(dataset.fingerprint)
    ? `Caution: this is the data set that the adapter was trained on. ${split.train} of its ${dataset.rows} rows were training rows, so the scores flatter it.`
    : `The adapter was trained on ${split.train} rows of ${dataset.name}. If some of these are among them, the scores flatter it; its manifest cannot tell.`;
};
