import { SAME_MODEL_COSINE, type Adapter, type Manifest } from "../artifact/index.ts";
import { StudioError } from "../errors.ts";
import { ggufLora, ggufModel, type GgufType } from "../gguf/index.ts";
import { readModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { fileOf, type ExportedFile } from "./exportedFile.ts";
import { mergedFolder } from "./merged.ts";

/** What a tuned model can leave as, beside the adapter folder itself. */
export const FORMS = ["merged", "gguf", "gguf-lora"] as const;
export type Form = (typeof FORMS)[number];

/** Types of the weights, as the command line and llama.cpp's files spell them. */
export const EXPORT_TYPES = ["f32", "bf16", "f16", "q8"] as const;
export type ExportType = (typeof EXPORT_TYPES)[number];

/** What each form is written in when nothing is said: what its runtimes take without losing anything that shows. */
export const DEFAULT_TYPE: Record<Form, ExportType> = { merged: "bf16", gguf: "f16", "gguf-lora": "f32" };

/** The smallest cosine to the tuned model's own vectors at which a form is the same model; less is refused. */
export const FORM_COSINE: Record<ExportType, number> = { f32: SAME_MODEL_COSINE, bf16: 0.999, f16: 0.999, q8: 0.999 };

const GGUF_TYPES = { f32: "F32", bf16: "BF16", f16: "F16", q8: "Q8_0" } as const satisfies Record<ExportType, GgufType>;

/** What is written, and of what. */
export interface FormInput {
  artifact: ModelFiles;
  manifest: Pick<Manifest, "name" | "prompt">;
  base: ModelFiles;
  adapter: Adapter;
  form: Form;
  type: ExportType;
}

/** Where the weights of a GGUF form lie. */
export const ggufPath = ({ name }: Pick<Manifest, "name">, form: Form, type: ExportType): string => {
  const plain = name.replace(/[^\w.-]+/g, "-").replace(/^-+|-+$/g, "") || "model";
  return form === "gguf-lora" ? `${plain}-lora.gguf` : `${plain}-${GGUF_TYPES[type]}.gguf`;
};

/**
 * The files of a form, without its card.
 * @throws StudioError `export-type-unsupported` for a type that the form does not have
 */
export const formFiles = async ({
  artifact,
  manifest,
  base,
  adapter,
  form,
  type,
}: FormInput): Promise<ExportedFile[]> => {
  const unsupported = (takes: string): StudioError =>
    new StudioError("export-type-unsupported", `The form ${form} is not written as ${type}.`, `Take ${takes}.`);
  const path = ggufPath(manifest, form, type);
  switch (form) {
    case "merged":
      if (type === "q8") throw unsupported("f32, bf16 or f16, or the form gguf");
      return mergedFolder(artifact, base, adapter, GGUF_TYPES[type]);
    case "gguf":
      return [
        { path, ...(await ggufModel({ name: manifest.name, base, adapter }, GGUF_TYPES[type])) },
        fileOf("Modelfile", new TextEncoder().encode(`FROM ./${path}\n`)),
      ];
    case "gguf-lora":
      if (type !== "f32") throw unsupported("f32");
      return [{ path, ...ggufLora(manifest.name, adapter, await readModelConfig(base)) }];
  }
};
