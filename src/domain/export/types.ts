/** What a tuned model can leave as, beside the adapter folder itself. */
export const FORMS = ["merged", "gguf", "gguf-lora", "onnx"] as const;
export type Form = (typeof FORMS)[number];

/** Types of the weights, as the command line and llama.cpp's files spell them. */
export const EXPORT_TYPES = ["f32", "bf16", "f16", "q8"] as const;
export type ExportType = (typeof EXPORT_TYPES)[number];

/** What each form is written in when nothing is said: what its runtimes take without losing anything that shows. */
export const DEFAULT_TYPE: Record<Form, ExportType> = {
  merged: "bf16",
  gguf: "f16",
  "gguf-lora": "f32",
  onnx: "f32",
};

/** The types that each form is written in. */
export const TYPES_OF: Record<Form, readonly ExportType[]> = {
  merged: ["f32", "bf16", "f16"],
  gguf: EXPORT_TYPES,
  "gguf-lora": ["f32"],
  onnx: ["f32", "q8"],
};

/** Names one form in one type: `merged-bf16`. */
export const exportId = (form: Form, type: ExportType): string => `${form}-${type}`;

/** A figure that is a lower bound, cut to so many digits, never rounded up. */
export const atLeast = (value: number, digits: number): string =>
  (Math.floor(value * 10 ** digits) / 10 ** digits).toFixed(digits);
