import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseBeir } from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import { sayRead } from "./pairs.ts";
import { UsageError } from "./problems.ts";

const ENDINGS = ["jsonl", "jsonl.gz", "tsv", "json", "parquet"];

/**
 * The test set in a BEIR folder: `queries.jsonl`, `corpus.jsonl` and `qrels/test.tsv`, or the only file in `qrels`. Says
 * on stderr how it was read.
 *
 * @throws UsageError naming the file that is missing
 */
export const readBeir = async (flag: string, folder: string): Promise<ParsedDataset> => {
  const files = [textFile(flag, folder, "queries"), textFile(flag, folder, "corpus"), qrelsFile(flag, folder)];
  const parsed = await parseBeir(
    files.map((path) => ({ source: createReadStream(path), fileName: basename(path), bytes: statSync(path).size })),
  );
  sayRead(parsed);
  return parsed;
};

const textFile = (flag: string, folder: string, name: string): string => {
  const found = ENDINGS.map((ending) => join(folder, `${name}.${ending}`)).find((path) => existsSync(path));
  if (found === undefined) throw new UsageError("usage", `--${flag}: there is no ${name}.jsonl in ${folder}.`, LAYOUT);
  return found;
};

const qrelsFile = (flag: string, folder: string): string => {
  const inside = join(folder, "qrels");
  const names = existsSync(inside)
    ? readdirSync(inside).filter((name) => /\.(tsv|csv|txt|jsonl|parquet)$/.test(name))
    : [];
  const chosen = names.find((name) => name.startsWith("test.")) ?? (names.length === 1 ? names[0] : undefined);
  if (chosen !== undefined) return join(inside, chosen);
  throw new UsageError(
    "usage",
    names.length === 0
      ? `--${flag}: there are no judgements in ${join(folder, "qrels")}.`
      : `--${flag}: ${inside} holds ${names.join(", ")}, and none of them is test.tsv.`,
    LAYOUT,
  );
};

const LAYOUT = "A BEIR folder holds queries.jsonl, corpus.jsonl and qrels/test.tsv.";
