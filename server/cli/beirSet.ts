import { createReadStream, existsSync, openAsBlob, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Readable } from "node:stream";
import {
  beirFilesIn,
  beirInArchive,
  parseBeir,
  refuseArchive,
  scoredOf,
  type BeirSet,
  type BeirSource,
  type BeirSplit,
} from "../../src/domain/dataset/index.ts";
import type { ParsedDataset } from "../../src/domain/dataset/types.ts";
import { refuseBadLines, sayRead } from "./pairs.ts";
import { UsageError } from "./problems.ts";

/** `--beir`, of commands that score. */
export const BEIR_VALUE = "DIR|ZIP";

/**
 * The BEIR set in a folder or a zip archive: `queries.jsonl`, `corpus.jsonl` and `qrels/*.tsv`.
 *
 * @throws UsageError naming what is missing
 */
export const readBeir = async (flag: string, given: string): Promise<BeirSet> => {
  const path = resolve(given);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UsageError("usage", `--${flag}: there is no folder ${given}.`, LAYOUT);
  if (found.isDirectory()) return parseBeir(inFolder(flag, path));
  const archive = await openAsBlob(path);
  const sources = await beirInArchive(archive);
  if (!sources) throw await refuseArchive(archive, basename(path));
  return parseBeir(sources);
};

/**
 * {@link readBeir}, and of it what models are scored on: its test unless another split is named, or the only one there is.
 * Says on stderr how it was read.
 */
export const readScoredBeir = async (
  flag: string,
  given: string,
  { split, skipBadLines }: { split?: BeirSplit; skipBadLines: boolean },
): Promise<ParsedDataset> => {
  const parsed = scoredOf(await readBeir(flag, given), split);
  return accepted(flag, parsed, skipBadLines);
};

/** Says how a part of a set was read, and refuses its bad lines unless they may be skipped. */
export const accepted = (flag: string, parsed: ParsedDataset, skipBadLines: boolean): ParsedDataset => {
  sayRead(parsed);
  if (!skipBadLines) refuseBadLines(flag, parsed);
  return parsed;
};

const inFolder = (flag: string, folder: string): BeirSource[] => {
  const inside = join(folder, "qrels");
  const all = [
    ...readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? [entry.name] : [])),
    ...(existsSync(inside) ? readdirSync(inside).map((name) => `qrels/${name}`) : []),
  ];
  const names = beirFilesIn(all);
  if (names)
    return names.map((fileName): BeirSource => {
      const path = join(folder, fileName);
      const open = () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
      return { fileName, bytes: statSync(path).size, open };
    });
  const missing = ["queries", "corpus"].find((part) => !all.some((name) => name.startsWith(part)));
  throw new UsageError(
    "usage",
    missing
      ? `--${flag}: there is no ${missing}.jsonl in ${folder}.`
      : `--${flag}: there are no judgements in ${inside}.`,
    LAYOUT,
  );
};

const LAYOUT = "A BEIR set is a folder, or a .zip of it, with queries.jsonl, corpus.jsonl and qrels/test.tsv.";
