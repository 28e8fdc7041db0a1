import { join } from "node:path";
import { jsonBytes, MANIFEST_PATH, parseManifest, readAdapter } from "../../src/domain/artifact/index.ts";
import {
  exportCard,
  formFiles,
  ggufPath,
  mustBeSame,
  ONNX_FOLDER,
  type ExportType,
  type Form,
} from "../../src/domain/export/index.ts";
import { ggufAsAdapter, ggufAsModelFiles } from "../../src/domain/gguf/index.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { modelFolder } from "../serving/modelFolder.ts";
import { prove, proveAdapter, proveGraph } from "./prove.ts";
import { RECORD, type ExportRecord } from "./record.ts";
import { writeExport } from "./writeExport.ts";

/** One form of one version, to be made. */
export interface ExportTask {
  form: Form;
  type: ExportType;
  /** The version's folder. */
  artifact: string;
  base: { directory: string; name: string };
  /** Folder that it becomes. */
  out: string;
  /** Files of the version and of its other forms, by SHA-256: what is equal is stored once. */
  equal: Record<string, string>;
}

/** Writes a form, holds it against the version's own vectors, and only then gives it its name. @throws StudioError */
export const makeExport = async (
  { form, type, out, equal, ...folders }: ExportTask,
  onProgress: (done: number, total: number) => void,
): Promise<void> => {
  const artifact = modelFolder(folders.artifact, "artifact");
  const base = modelFolder(folders.base.directory, folders.base.name);
  const manifest = parseManifest(await artifact.read(MANIFEST_PATH));
  const config = await readModelConfig(base);
  const adapter = await readAdapter(artifact, config);
  const files = await formFiles({ artifact, manifest, base, adapter, form, type });
  await writeExport(out, files, {
    onProgress,
    equal: new Map(Object.entries(equal)),
    finish: async (part) => {
      const expected = { artifact, prompts: manifest.prompt };
      const scratch = join(part, ".proof");
      const path = ggufPath(manifest, form, type);
      const proved = async (): Promise<number> => {
        if (form === "onnx") return proveGraph(join(part, ONNX_FOLDER), expected);
        const written = modelFolder(part, "written");
        if (form === "gguf-lora")
          return proveAdapter(await ggufAsAdapter(written, path, config), { ...expected, base, scratch });
        return prove(form === "gguf" ? await ggufAsModelFiles(written, path, base) : written, { ...expected, scratch });
      };
      const cosine = await proved();
      mustBeSame(cosine, form, type);
      const record: ExportRecord = { form, dtype: type, cosine, createdAt: new Date().toISOString() };
      return new Map([
        ["README.md", new TextEncoder().encode(exportCard(manifest, form, type, { cosine, recall: null }))],
        [RECORD, jsonBytes(record)],
      ]);
    },
  });
};
