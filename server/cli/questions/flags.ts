import { z } from "zod";
import { CUT } from "../../../src/domain/documents/index.ts";
import {
  DEFAULT_THRESHOLDS,
  THRESHOLD_RANGES,
  type FilterThresholds,
} from "../../../src/domain/questions/filters/thresholds.ts";
import { MAX_EXAMPLES, MAX_PER_PASSAGE } from "../../../src/domain/questions/prompts.ts";
import { FILTER_NAMES } from "../../../src/domain/questions/types.ts";
import { kinds, readFlags } from "../flags.ts";
import { BASE_FLAG } from "../nodeModelFiles.ts";
import { UsageError } from "../problems.ts";

const price = kinds.number(0, 1e6).optional();

/** A flag for where a filter draws its line; the help tells the default. */
const threshold = (name: keyof FilterThresholds, value: string, help: string) => {
  const { least, most, whole } = THRESHOLD_RANGES[name];
  const standard = DEFAULT_THRESHOLDS[name];
  return {
    schema: (whole ? kinds.whole : kinds.number)(least, most).default(standard),
    value,
    help: `${help} (${standard})`,
  };
};

const FLAGS = {
  documents: {
    schema: kinds.required("a file or a folder"),
    required: true,
    value: "DIR|FILE",
    help: "documents (.txt .md .html .pdf .docx, .zip of them) or a table with one column of text (.jsonl .csv .parquet)",
  },
  out: { schema: kinds.required("a file to write"), required: true, value: "FILE", help: "the pairs, as JSONL" },
  endpoint: {
    schema: kinds.text,
    value: "URL",
    help: "OpenAI-compatible chat endpoint that writes the questions; its key is read from GENERATION_KEY",
  },
  model: { schema: kinds.text, value: "NAME", help: "the endpoint's model" },
  weak: {
    schema: kinds.switch,
    help: "in place of --endpoint: weak pairs from titles, headings, first sentences and definitions",
  },
  examples: {
    schema: kinds.text,
    value: "FILE",
    help: `real questions, one a line: up to ${MAX_EXAMPLES} set length, tone and language; with 50, how alike the new ones are is told`,
  },
  "per-passage": {
    schema: kinds.whole(1, MAX_PER_PASSAGE).default(2),
    value: "N",
    help: `questions a passage, 1 to ${MAX_PER_PASSAGE} (2)`,
  },
  limit: { schema: kinds.whole(1, 10_000_000).optional(), value: "N", help: "passages to look at (all)" },
  seed: { schema: kinds.whole(0, 2 ** 31 - 1).default(42), value: "S", help: "of the order and the prompts (42)" },
  rejected: { schema: kinds.text, value: "FILE", help: "what the filters rejected, with the reasons, as JSONL" },
  without: {
    schema: z.array(z.enum(FILTER_NAMES, `takes ${FILTER_NAMES.join(", ")}`)).optional(),
    value: "FILTER",
    many: true,
    help: `a filter that is not used; may be given several times: ${FILTER_NAMES.join(", ")}`,
  },
  "round-trip": threshold(
    "roundTripDepth",
    "K",
    "a question stays when hybrid search finds its passage among the first K",
  ),
  "least-characters": threshold("leastCharacters", "N", "letters and digits of a question, at least"),
  "most-characters": threshold("mostCharacters", "N", "characters of a question, at most"),
  "copied-words": threshold("copiedWords", "N", "words in a row of the passage from which on a question may be copied"),
  "copied-share": threshold("copiedShare", "X", "share of the question from which on such a run makes it copied"),
  generic: threshold("genericDeviations", "Z", "a question nearer to all passages by this modified z-score is generic"),
  base: { ...BASE_FLAG, help: `cuts and filters: ${BASE_FLAG.help}` },
  concurrency: { schema: kinds.whole(1, 64).default(4), value: "N", help: "requests under way at once (4)" },
  timeout: { schema: kinds.whole(1, 3600).default(120), value: "SECONDS", help: "longest wait for one answer (120)" },
  "price-in": { schema: price, value: "X", help: "price of a million tokens read, for estimate and --cap-cost" },
  "price-out": { schema: price, value: "X", help: "price of a million tokens written" },
  "cap-tokens": { schema: kinds.whole(1, 1e12).optional(), value: "N", help: "ends before more tokens are spent" },
  "cap-cost": { schema: kinds.number(0, 1e9).optional(), value: "X", help: "ends before it costs more" },
  estimate: { schema: kinds.switch, help: "asks about 20 passages, says what all would take, and ends" },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
  backend: { schema: kinds.backend, value: "NAME", help: "webgpu, wasm or cpu (default: the first that works)" },
};

const HELP = {
  about: `Makes training pairs from documents: a language model writes questions about each passage (of at most ${CUT.size} tokens), and filters keep the good ones. A run that was cut short goes on when the same command is given again.`,
  examples: [
    "npm run pairs -- --documents manual/ --endpoint http://127.0.0.1:11434/v1 --model qwen3:4b --out pairs.jsonl",
    "GENERATION_KEY=… npm run pairs -- --documents manual.zip --endpoint https://api.openai.com/v1 --model gpt-5-mini --examples asked.txt --price-in 0.25 --price-out 2 --cap-cost 5 --out pairs.jsonl",
    "npm run pairs -- --documents manual/ --weak --out weak.jsonl --rejected rejected.jsonl",
    "npm run pairs -- --langfuse --help    (pairs from judged traces)",
    "npm run pairs -- --score --help       (a reranker's scores beside pairs that are there)",
  ],
};

export type DocumentFlags = NonNullable<ReturnType<typeof readDocumentFlags>>;

/** The flags of `--documents`; null after `--help`. @throws UsageError */
export const readDocumentFlags = (args: string[]) => {
  const flags = readFlags("pairs", FLAGS, args, HELP);
  if (!flags) return null;
  const { endpoint, model, weak, "cap-cost": capCost, "price-in": priceIn, "price-out": priceOut } = flags;
  const refuse = (message: string, hint: string) => new UsageError("usage", message, hint);
  if (weak && endpoint !== undefined)
    throw refuse("--endpoint and --weak exclude each other.", "Leave one of them out.");
  if (!weak && endpoint === undefined)
    throw refuse("One of --endpoint and --weak is needed.", "See npm run pairs -- --help.");
  if ((endpoint === undefined) !== (model === undefined))
    throw refuse("--endpoint and --model go together.", "Name the model as the endpoint does.");
  if (capCost !== undefined && priceIn === undefined && priceOut === undefined)
    throw refuse("--cap-cost needs prices.", "Give --price-in and --price-out, of a million tokens.");
  if (flags["least-characters"] > flags["most-characters"])
    throw refuse(
      "--least-characters is above --most-characters.",
      "No question could be kept; lower one or raise the other.",
    );
  return flags;
};

/** Where the filters draw their lines. */
export const thresholdsOf = (flags: DocumentFlags): FilterThresholds => ({
  leastCharacters: flags["least-characters"],
  mostCharacters: flags["most-characters"],
  copiedShare: flags["copied-share"],
  copiedWords: flags["copied-words"],
  genericDeviations: flags.generic,
  roundTripDepth: flags["round-trip"],
});
