import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../../../server/lib/project.ts";
import { SMALL_BASE } from "../../../domain/bases.ts";
import { writeSyntheticModel } from "../fullSize/syntheticModel.ts";

/** A base that is served. */
export interface ServedBase {
  /** Its folder, and what the tables call it. */
  directory: string;
  title: string;
  /** Counted requests of a turn, by texts a request. */
  runs: Record<number, number>;
  leastRounds: number;
  /** Requests of one text before anything is counted: code that has run a few dozen times takes three times as long. */
  warmUp: number;
}

const bundled = join(PROJECT_ROOT, "models/base", SMALL_BASE.id);
const TOKENIZER = ["tokenizer.json", "tokenizer_config.json", "config_sentence_transformers.json"];

/** The bundled small base. */
export const smallBase: ServedBase = {
  directory: bundled,
  title: SMALL_BASE.id,
  runs: { 1: 20, 16: 4, 64: 2 },
  leastRounds: 8,
  warmUp: 150,
};

/** Generated weights of the 0.6B model's width; two of its 28 layers, and the small base's vocabulary in place of its own. */
export const wideBase = async (folder: string): Promise<ServedBase> => {
  const directory = join(folder, "wide-two-layers");
  await mkdir(directory, { recursive: true });
  const { vocab, maxPositions } = SMALL_BASE.config;
  await writeSyntheticModel(directory, {
    num_hidden_layers: 2,
    vocab_size: vocab,
    max_position_embeddings: maxPositions,
  });
  for (const name of TOKENIZER) await copyFile(join(bundled, name), join(directory, name));
  return { directory, title: "two layers at 0.6B's width", runs: { 1: 4, 16: 1, 64: 1 }, leastRounds: 4, warmUp: 10 };
};
