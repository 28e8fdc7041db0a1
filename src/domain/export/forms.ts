import { SAME_MODEL_COSINE, type Adapter, type Manifest } from "../artifact/index.ts";
import { StudioError } from "../errors.ts";
import { ggufLora, ggufModel, type GgufType } from "../gguf/index.ts";
import { readModelConfig } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";
import { fileOf, type ExportedFile } from "./exportedFile.ts";
import { mergedFolder } from "./merged.ts";
import { onnxFolder } from "./onnxFolder.ts";
import { TYPES_OF, type ExportType, type Form } from "./types.ts";

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
  if (!TYPES_OF[form].includes(type)) throw unsupported(form, type);
  const path = ggufPath(manifest, form, type);
  switch (form) {
    case "merged":
      if (type === "q8") throw unsupported(form, type);
      return mergedFolder(artifact, base, adapter, GGUF_TYPES[type]);
    case "gguf":
      return [
        { path, ...(await ggufModel({ name: manifest.name, base, adapter }, GGUF_TYPES[type])) },
        fileOf("Modelfile", new TextEncoder().encode(`FROM ./${path}\n`)),
      ];
    case "onnx":
      if (type !== "f32" && type !== "q8") throw unsupported(form, type);
      return onnxFolder(artifact, base, adapter, type);
    case "gguf-lora":
      return [{ path, ...ggufLora(manifest.name, adapter, await readModelConfig(base)) }];
  }
};

const unsupported = (form: Form, type: ExportType): StudioError =>
  new StudioError(
    "export-type-unsupported",
    `The form ${form} is not written as ${type}.`,
    `Take ${TYPES_OF[form].join(", ")}${form === "merged" ? ", or the form gguf" : ""}.`,
  );

/** @throws StudioError `export-differs` when a form's vectors are not those of the tuned model */
export const mustBeSame = (cosine: number, form: Form, type: ExportType): void => {
  if (cosine >= FORM_COSINE[type]) return;
  throw new StudioError(
    "export-differs",
    `The written ${form} gives other vectors than the tuned model: cosine ${cosine.toFixed(6)} where ${FORM_COSINE[type]} is asked for.`,
    type === "f32" ? "Export it again; if it stays, this is a defect in the studio." : "Take a wider type, as f32.",
  );
};
