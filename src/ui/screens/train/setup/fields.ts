import type { TermName } from "../../../components/glossary.ts";
import type { Hyperparameters } from "../../../../domain/training/types.ts";

/** How one hyperparameter is shown and bounded in the advanced fold. */
export interface NumberField {
  field: {
    [K in keyof Hyperparameters]-?: Hyperparameters[K] extends number ? K : never;
  }[keyof Hyperparameters];
  label: string;
  help: string;
  min: number;
  max: number;
  step: number;
  whole: boolean;
  /** The word that a newcomer may not know. */
  term?: TermName;
}

const whole = (
  field: NumberField["field"],
  label: string,
  help: string,
  [min, max]: [number, number],
  step = 1,
): NumberField => ({ field, label, help, min, max, step, whole: true });

const real = (
  field: NumberField["field"],
  label: string,
  help: string,
  [min, max]: [number, number],
  step: number,
): NumberField => ({ field, label, help, min, max, step, whole: false });

export const FIELD_GROUPS: readonly { title: string; fields: readonly NumberField[] }[] = [
  {
    title: "Training",
    fields: [
      whole("epochs", "Epochs", "Passes over the training pairs.", [1, 100]),
      whole(
        "batchSize",
        "Batch size",
        "Pairs a step. The other documents of the batch are the wrong answers.",
        [2, 4096],
        8,
      ),
      whole(
        "chunkSize",
        "Chunk size",
        "Pairs on the GPU at once. Memory depends on it, the result does not.",
        [1, 512],
      ),
      real(
        "learningRate",
        "Learning rate",
        "Peak rate. LoRA wants more than full fine-tuning: 1e-4 to 5e-3.",
        [1e-7, 1],
        1e-4,
      ),
      real("warmupRatio", "Warm-up", "Share of the steps in which the rate rises.", [0, 0.9], 0.05),
      real("weightDecay", "Weight decay", "AdamW's pull towards zero.", [0, 1], 0.01),
      real("maxGradNorm", "Gradient clip", "Largest gradient norm of a step.", [0.01, 1000], 0.1),
      whole("maxTokens", "Tokens a text", "Longer texts are cut, prompt and end token included.", [8, 8192], 32),
      whole(
        "evaluateEvery",
        "Score every … steps",
        "Scores the dev queries during the run and after the last step; 0 scores at the ends of epochs.",
        [0, 100_000],
        10,
      ),
      {
        ...whole(
          "patience",
          "Patience",
          "Ends training after so many scorings on dev without a better one; the best is kept. 0 goes on to the last step.",
          [0, 1000],
        ),
        term: "patience",
      },
      whole("seed", "Seed", "The same seed gives the same run.", [0, 2_147_483_647]),
    ],
  },
  {
    title: "Adapter and loss",
    fields: [
      { ...whole("rank", "LoRA rank", "Size of the adapter.", [1, 256], 4), term: "LoRA rank" },
      {
        ...real("alpha", "LoRA alpha", "Strength: the adapter counts alpha / rank.", [0.1, 1024], 4),
        term: "LoRA alpha",
      },
      { ...real("scale", "Scale", "1 / temperature of the ranking loss.", [1, 200], 1), term: "scale" },
    ],
  },
];

/** What is wrong with a value, or null. */
export const fieldProblem = (field: NumberField, value: number): string | null => {
  if (!Number.isFinite(value)) return "Give a number";
  if (field.whole && !Number.isInteger(value)) return "Give a whole number";
  if (value < field.min || value > field.max) return `From ${field.min} to ${field.max}`;
  return null;
};

const ALL_FIELDS: readonly NumberField[] = FIELD_GROUPS.flatMap(({ fields }) => fields);

/** Labels of the fields that hold an impossible value. */
export const impossible = (values: Hyperparameters): string[] =>
  ALL_FIELDS.filter((field) => fieldProblem(field, values[field.field]) !== null).map(({ label }) => label);

/** Dimensions in what was typed, longest first, and what of it is none of this base's. */
export const matryoshkaDims = (typed: readonly string[], full: number): { dims: number[]; refused: string[] } => {
  const isDim = (text: string): boolean => /^\d+$/.test(text.trim()) && Number(text) > 0 && Number(text) <= full;
  const dims = new Set(typed.filter(isDim).map(Number));
  return { dims: [...dims].sort((a, b) => b - a), refused: typed.filter((text) => !isDim(text)) };
};
