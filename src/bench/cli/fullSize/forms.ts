import { rm } from "node:fs/promises";
import { join } from "node:path";
import { exportId, type ExportType, type Form } from "../../../domain/export/index.ts";
import { megabytes, type Checks } from "./checks.ts";
import type { Spent } from "./meter.ts";
import { table } from "./sections.ts";
import { inChild, type Exported, type Served } from "./tasks.ts";

const FORMS: readonly (readonly [Form, ExportType])[] = [
  ["onnx", "f32"],
  ["onnx", "q8"],
  ["gguf", "f16"],
  ["gguf", "bf16"],
  ["gguf", "q8"],
  ["gguf-lora", "f32"],
  ["merged", "bf16"],
];
/** Parts of the command, by name. */
export const FORM_PARTS = FORMS.map(([form, type]) => exportId(form, type));

/** The embedding table as the base has it, in BF16. */
const LARGEST_TENSOR = 151_669 * 1024 * 2;
/** What writing may take beside that. */
const MAX_BESIDE = 400e6;

/** Makes the forms that are asked for, one at a time, each removed again. @returns the section of the page */
export const measureForms = async (
  { tuned, base }: Served,
  parts: ReadonlySet<string>,
  checks: Checks,
): Promise<string> => {
  const rows: string[][] = [];
  for (const [form, type] of FORMS) {
    const id = exportId(form, type);
    if (!parts.has(id)) continue;
    const out = join(base.directory, "export");
    const made = await inChild("export", { form, type, artifact: tuned.directory, base, out, equal: {} });
    await rm(out, { recursive: true, force: true });
    const { bytes, writing, whole, proof } = made;
    checks.add(
      `memory of writing ${id}`,
      writing.peak <= LARGEST_TENSOR + MAX_BESIDE,
      `peak ${megabytes(writing.peak)}, ${spentText(writing)}, file ${megabytes(bytes)}`,
    );
    checks.add(
      `${id} proves itself`,
      typeof proof === "number",
      `${proofText(proof)}; peak ${megabytes(whole.peak)}, ${spentText(whole)} with the writing`,
    );
    rows.push(row(id, made));
  }
  const head = [
    "form",
    "file",
    "writing: peak",
    "s",
    "processor s",
    "with its proof: peak",
    "s",
    "processor s",
    "cosine",
  ];
  return `${table(head, rows)}

Each form is made in a process of its own, as the server makes it, of the generated base and an adapter of rank 16 with random numbers, with the true
tokenizer. _Peak_ is the process's largest resident memory, Node and the program included; the bar for writing is ${megabytes(MAX_BESIDE)} beside one tensor, the largest
of which has ${megabytes(LARGEST_TENSOR)}. The proof embeds the probe texts with what was written, in onnxruntime, which holds the whole model (GGUF and merged weights are first read
back and written as F32 ONNX), and compares them with the vectors of the graph that serving loads. On random weights the cosine tells that the
form is the same model, not what its rounding costs a trained one.`;
};

const spentText = ({ seconds, processor }: Spent): string =>
  `${seconds.toFixed(1)} s (${processor.toFixed(1)} s of the processor)`;

const proofText = (proof: Exported["proof"]): string =>
  typeof proof === "number" ? `cosine ${proof.toFixed(7)}` : `refused: ${proof}`;

const row = (id: string, { bytes, writing, whole, proof }: Exported): string[] => {
  const numbers = ({ peak, seconds, processor }: Spent) => [megabytes(peak), seconds.toFixed(1), processor.toFixed(1)];
  const cosine = typeof proof === "number" ? proof.toFixed(7) : "refused";
  return [`\`${id}\``, megabytes(bytes), ...numbers(writing), ...numbers(whole), cosine];
};
