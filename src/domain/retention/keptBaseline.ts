import kept from "./keptBaselines.json" with { type: "json" };
import { GENERAL_SET } from "./generalSet.ts";

/**
 * Recall@10 of each question of the general set as a bundled base was measured once by the same engine, with the prompts that the base
 * states itself, so that it need not be measured after every run; null for any other base, engine or set. `node server/setup/cli.mjs
 * keepBaselines` measures them anew.
 */
export const keptBaseline = (sha256: string, engine: string): number[] | null => {
  const base = kept.bases.find((one) => one.sha256 === sha256);
  const holds = kept.set === GENERAL_SET.sha256 && kept.engine === engine;
  return base && holds ? [...base.found].map(Number) : null;
};
