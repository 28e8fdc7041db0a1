import type { OnnxType } from "../../../domain/onnx/index.ts";
import { megabytes, type Checks } from "./checks.ts";
import type { Spent } from "./meter.ts";
import { table } from "./sections.ts";
import { inChild, type Serving, type Served } from "./tasks.ts";

const TYPES = ["f32", "q8"] as const satisfies readonly OnnxType[];
const partOf = (dtype: OnnxType): string => `serving-${dtype}`;
/** Parts of the command, by name. */
export const SERVING_PARTS = TYPES.map(partOf);

/**
 * What a tuned model needs to be served with either type of weights.
 * @param made  what making the F32 form took
 * @returns the section of the page
 */
export const measureServing = async (
  served: Served,
  made: Spent & { bytes: number },
  parts: ReadonlySet<string>,
  checks: Checks,
): Promise<string> => {
  const columns: string[][] = [];
  for (const dtype of TYPES) {
    if (!parts.has(partOf(dtype))) continue;
    const first = dtype === "f32" ? made : await inChild("make", { ...served, dtype });
    const found = await inChild("serve", { ...served, dtype });
    const column = cells(first, found);
    checks.add(`${partOf(dtype)} loads and embeds`, true, ROWS.map((name, i) => `${name}: ${column[i]}`).join("; "));
    columns.push(column);
  }
  const types = TYPES.filter((dtype) => parts.has(partOf(dtype)));
  return `${table(
    ["`EMBEDDING_DTYPE`", ...types.map((dtype) => `\`${dtype}\``)],
    ROWS.map((name, i) => [name, ...columns.map((column) => column[i] ?? "")]),
  )}

A process with the tuned model alone: no HTTP, no store of vectors. Loading reads the files once to see that they are whole, opens them in onnxruntime
and embeds the probe texts. Pages of files are the model's data, which the system can drop and read again. Texts have 128 tokens each; the figure is the middle
of 7 runs of one text and of 3 runs of 16, on as many threads as onnxruntime chooses.`;
};

const ROWS = [
  "data file",
  "made at the first start: peak",
  "made: s (processor)",
  "loaded: s (processor)",
  "loading: peak",
  "resident after loading",
  "of it pages of files",
  "1 text: ms (processor)",
  "16 texts: ms (processor)",
];

const cells = (made: Spent & { bytes: number }, { loading, resident, mapped, embedding }: Serving): string[] => {
  const both = (clock: number, processor: number, digits: number) =>
    `${clock.toFixed(digits)} (${processor.toFixed(digits)})`;
  return [
    megabytes(made.bytes),
    megabytes(made.peak),
    both(made.seconds, made.processor, 1),
    both(loading.seconds, loading.processor, 1),
    megabytes(loading.peak),
    megabytes(resident),
    megabytes(mapped),
    ...embedding.map(({ clock, processor }) => both(clock, processor, 0)),
  ];
};
