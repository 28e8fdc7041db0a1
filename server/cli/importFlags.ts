import { DEFAULT_HYPERPARAMETERS as DEFAULTS } from "../../src/domain/training/types.ts";
import { BAD_LINES_FLAG, COLUMN_FLAGS } from "./columnFlags.ts";
import { kinds, type Help } from "./flags.ts";

/** Flags of `npm run import`. */
export const IMPORT_FLAGS = {
  adapter: {
    schema: kinds.required("a folder"),
    required: true,
    value: "DIR",
    help: "PEFT adapter (PEFT, Unsloth, ms-swift), or a merged model with config.json and model.safetensors",
  },
  base: {
    schema: kinds.text,
    value: "NAME|DIR",
    help: "the base it was trained on (default: the bundled one that it names)",
  },
  "base-id": { schema: kinds.modelId, value: "ID", help: "owner/name of the base, where its folder does not show it" },
  "any-base": { schema: kinds.switch, help: "take it for an adapter of --base although it names another model" },
  test: {
    schema: kinds.text,
    value: "FILE",
    help: "questions and their documents that it is measured on against the base (default: it stays unmeasured)",
  },
  ...BAD_LINES_FLAG,
  ...COLUMN_FLAGS,
  task: {
    schema: kinds.text,
    value: "TEXT",
    help: "task sentence of the query prompt (default: the folder's own prompt, else the base's)",
  },
  "max-tokens": {
    schema: kinds.whole(2, 32768).optional(),
    value: "N",
    help: `longest text in tokens (that of the folder, else ${DEFAULTS.maxTokens})`,
  },
  rank: { schema: kinds.whole(1, 256).default(64), value: "N", help: "of a merged model: largest rank (64)" },
  name: { schema: kinds.text, value: "TEXT", help: "name of the model (default: that of --out)" },
  out: {
    schema: kinds.required("a folder"),
    required: true,
    value: "DIR",
    help: "a new or empty folder for the artifact",
  },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
  backend: { schema: kinds.backend, value: "NAME", help: "webgpu, wasm or cpu (default: the first that works)" },
};

export const IMPORT_HELP: Help = {
  about:
    "Brings in a model that was trained elsewhere: measures it, gives it manifest and card, and writes the artifact that the registry takes.",
  examples: [
    "npm run import -- --adapter checkpoint-300/ --base Qwen3-Embedding-0.6B/ --test test.jsonl --out tuned/",
    "npm run import -- --adapter merged/ --base qwen3-embedding-small --out tuned/",
  ],
};
