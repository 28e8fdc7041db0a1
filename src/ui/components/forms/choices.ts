import type { ExportType, Form } from "../../../domain/export/types.ts";

/** A form that a person may download, and who loads it. */
export interface FormChoice {
  form: Form;
  dtype: ExportType;
  label: string;
  loadedBy: string;
}

/** What the menu offers; the command line has the other types too. */
export const FORM_CHOICES: readonly FormChoice[] = [
  {
    form: "merged",
    dtype: "bf16",
    label: "Complete model, BF16",
    loadedBy: "sentence-transformers, text-embeddings-inference, vLLM",
  },
  { form: "gguf", dtype: "f16", label: "GGUF, F16", loadedBy: "llama.cpp, Ollama, LM Studio" },
  { form: "gguf", dtype: "bf16", label: "GGUF, BF16", loadedBy: "the same, where the processor has BF16" },
  { form: "gguf", dtype: "q8", label: "GGUF, Q8_0", loadedBy: "the same, at half the size" },
  { form: "gguf-lora", dtype: "f32", label: "GGUF LoRA", loadedBy: "llama.cpp, beside a GGUF file of the base" },
  { form: "onnx", dtype: "f32", label: "ONNX, F32", loadedBy: "onnxruntime, transformers.js, TEI without a GPU" },
  { form: "onnx", dtype: "q8", label: "ONNX, 8-bit", loadedBy: "onnxruntime from 1.22 on, at a third of the size" },
];

/** The label of a form, or of the script. */
export const formLabel = (form: Form | "script", dtype: ExportType | null): string =>
  form === "script"
    ? "Training script"
    : (FORM_CHOICES.find((choice) => choice.form === form && choice.dtype === dtype)?.label ?? `${form}, ${dtype}`);
