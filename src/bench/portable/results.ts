import { renameSync, writeFileSync } from "node:fs";

/** What came of one item: its figures, or why there are none. */
export type Outcome = { seconds: number } & ({ result: unknown } | { error: string });

/** Everything measured so far, as `results.json` holds it. */
export interface Results {
  engine: string;
  commit: string | null;
  date: string;
  /** A run that proves the bench on a software adapter; its figures say nothing about a card. */
  small: boolean;
  minutes: number;
  machine: Record<string, unknown>;
  sections: Record<string, Record<string, Outcome>>;
  /** Whether the run came to its end. */
  finished: boolean;
}

/** The figures of an item, or undefined where it failed or never ran. */
export const resultOf = <T>({ sections }: Pick<Results, "sections">, section: string, item: string): T | undefined => {
  const outcome = sections[section]?.[item];
  return outcome !== undefined && "result" in outcome ? (outcome.result as T) : undefined;
};

/** Writes the file anew as a whole, so that whoever reads it, or cuts the run, finds it complete. */
export const save = (path: string, results: Results): void => {
  writeFileSync(`${path}.part`, `${JSON.stringify(results, null, 1)}\n`);
  renameSync(`${path}.part`, path);
};
