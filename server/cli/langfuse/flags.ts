import { z } from "zod";
import { parseRules } from "../../../src/domain/langfuse/rule.ts";
import type { Mapping, Part, Path, Source } from "../../../src/domain/langfuse/types.ts";
import { kinds, readFlags } from "../flags.ts";
import { UsageError } from "../problems.ts";

/** Days that are read where nothing else is said. */
const DAYS = 90;
const DAY_MS = 24 * 3600_000;
const PARTS = ["input", "output", "expectedOutput", "metadata"] as const;

const moment = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), "takes a day or a moment, such as 2026-11-01")
  .optional();
/** `output.documents`: a part, then keys. */
const field = z
  .string()
  .refine(
    (text) => PARTS.some((part) => part === text.split(".")[0]),
    `takes one of ${PARTS.join(", ")}, with keys behind it: output.documents`,
  )
  .optional();

const FLAGS = {
  langfuse: { schema: z.literal(true), help: "reads Langfuse with the keys of LANGFUSE_PUBLIC_KEY and _SECRET_KEY" },
  dataset: {
    schema: kinds.text,
    value: "NAME",
    help: "a Langfuse data set; without it and --score, what there is is listed",
  },
  score: {
    schema: kinds.text,
    value: "NAME",
    help: "retrievals judged by this score, on themselves or on their traces",
  },
  good: {
    schema: z.string().default(">=0.5"),
    value: "RULE",
    help: 'values that are good: ">=0.5", "helpful, correct" (>=0.5)',
  },
  bad: { schema: z.string().default("<0.5"), value: "RULE", help: "values that are bad (<0.5)" },
  from: { schema: moment, value: "TIME", help: `first moment of the retrievals (${DAYS} days ago)` },
  to: { schema: moment, value: "TIME", help: "moment before which they began (now)" },
  question: { schema: field, value: "FIELD", help: "where the question stands: input.query (found by itself)" },
  "documents-in": {
    schema: field,
    value: "FIELD",
    help: "where the documents stand: output.documents (found by itself)",
  },
  "negatives-in": { schema: field, value: "FIELD", help: "where documents stand that are wrong (none)" },
  first: { schema: kinds.whole(1, 1000).optional(), value: "N", help: "the first N documents of each retrieval (all)" },
  personal: {
    schema: z.enum(["keep", "leave-out"], "takes keep or leave-out").optional(),
    value: "WHAT",
    help: "keep or leave-out: pairs with possible e-mail addresses or telephone numbers, once you have looked at them",
  },
  out: { schema: kinds.text, value: "FILE", help: "the pairs, as JSONL, the newest last" },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
};

const HELP = {
  about:
    "Makes training pairs from Langfuse: documents judged good are right answers, those judged bad hard negatives. A run that was cut short goes on when the same command is given again.",
  examples: [
    "npm run pairs -- --langfuse",
    'npm run pairs -- --langfuse --dataset "support questions" --out pairs.jsonl',
    'npm run pairs -- --langfuse --score helpful --good ">=0.5" --bad "<0.5" --from 2026-09-01 --to 2026-11-01 --out pairs.jsonl',
  ],
};

export interface LangfuseCommand {
  /** Null lists what there is. */
  source: Source | null;
  /** What is read as it was given, to know it again. */
  reads: object;
  span: { from: string; to: string };
  /** What of the mapping was given; the rest is found. */
  mapping: Partial<Mapping>;
  personal: "keep" | "leave-out" | null;
  out: string | null;
  json: boolean;
}

const pathOf = (text: string | undefined): { path?: Path } => {
  if (text === undefined) return {};
  const [part, ...keys] = text.split(".");
  return { path: [part as Part, ...keys] };
};

/** The flags of `--langfuse`; null after `--help`. @throws UsageError; StudioError those of `parseRules` */
export const readLangfuseFlags = (args: string[], now: number): LangfuseCommand | null => {
  const flags = readFlags("pairs", FLAGS, args, HELP);
  if (!flags) return null;
  const { dataset, score, good, bad, out } = flags;
  const refuse = (message: string, hint: string) => new UsageError("usage", message, hint);
  if (dataset !== undefined && score !== undefined)
    throw refuse("--dataset and --score do not go together.", "Read one, then the other.");
  const source = dataset ?? score;
  if (source !== undefined && out === undefined)
    throw refuse("--out: is missing; it takes a file to write.", "Name the file of the pairs.");
  const span = {
    from: new Date(flags.from ?? now - DAYS * DAY_MS).toISOString(),
    to: new Date(flags.to ?? now).toISOString(),
  };
  if (span.from >= span.to) throw refuse("--from is not before --to.", "Give a time that begins before it ends.");
  if (score !== undefined) parseRules(good, bad);
  const { path: question } = pathOf(flags.question);
  const { path: documents } = pathOf(flags["documents-in"]);
  const { path: negatives } = pathOf(flags["negatives-in"]);
  return {
    source:
      dataset !== undefined
        ? { kind: "dataset", name: dataset }
        : score !== undefined
          ? { kind: "score", name: score, good, bad, ...span }
          : null,
    reads: { dataset, score, good, bad, from: flags.from, to: flags.to },
    span,
    mapping: {
      ...(question && { question }),
      ...(documents && { documents }),
      ...(negatives && { negatives }),
      ...(flags.first !== undefined && { first: flags.first }),
    },
    personal: flags.personal ?? null,
    out: out ?? null,
    json: flags.json,
  };
};
