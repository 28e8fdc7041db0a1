import { type Problem, StudioError } from "../../domain/errors.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";

/** A chosen or dropped file by its path, which begins with the folder's name where a folder was chosen. */
export interface NamedFile {
  file: Blob;
  name: string;
}

const CONFIG = "adapter_config.json";
const MANIFEST = "manifest.json";

/** What the server reads of an adapter from elsewhere; optimizer states and checkpoints of trainers stay here. */
const READ = new Set([
  CONFIG,
  "adapter_model.safetensors",
  "config_sentence_transformers.json",
  "sentence_bert_config.json",
  "1_Pooling/config.json",
]);

/** Whether a refusal is about what the folder holds: the same files sent again are refused again. */
export const isAboutFolder = ({ code }: Problem): boolean =>
  code !== "artifact-missing" &&
  /^(adapter|artifact|safetensors|pooling|model-config|import)-/.test(code) &&
  code !== "import-base-missing";

/** Whether these files are a tuned model: an adapter of elsewhere, or an artifact of the studio. */
export const isModelFolder = (names: readonly string[]): boolean =>
  names.some((name) => name.split("/").at(-1) === CONFIG);

/** A folder as it goes to the registry. */
export interface FolderToImport {
  name: string;
  files: ArtifactFile[];
  /** Trained elsewhere: the server makes an artifact of it, and may measure it. */
  isForeign: boolean;
}

/**
 * The files of a folder that go to the registry: all of an artifact of the studio, and of an adapter from elsewhere what the server
 * reads.
 * @throws StudioError `import-unknown` without an adapter, `adapter-missing` without its weights
 */
export const filesToImport = async (files: readonly NamedFile[]): Promise<FolderToImport> => {
  const config = files.find(({ name }) => name.split("/").at(-1) === CONFIG);
  if (!config)
    throw new StudioError(
      "import-unknown",
      "The folder has no adapter_config.json, so it is no adapter.",
      "Choose the folder that PEFT's save_pretrained has written. A merged model is imported by npm run import.",
    );
  const top = config.name.slice(0, -CONFIG.length);
  const inside = files
    .filter(({ name }) => name.startsWith(top))
    .map(({ file, name }) => ({ file, path: name.slice(top.length) }));
  const isArtifact = inside.some(({ path }) => path === MANIFEST);
  const taken = inside.filter(({ path }) =>
    isArtifact ? !/(^|\/)\./.test(path) && !path.startsWith("onnx/") : READ.has(path),
  );
  if (!taken.some(({ path }) => path === "adapter_model.safetensors"))
    throw new StudioError(
      "adapter-missing",
      "The folder has no adapter_model.safetensors.",
      inside.some(({ path }) => path === "adapter_model.bin")
        ? "It has adapter_model.bin, a format that can run code. Load it with PEFT and save it again: save_pretrained writes safetensors."
        : "Choose the folder that PEFT's save_pretrained has written.",
    );
  return {
    isForeign: !isArtifact,
    name: top.split("/").findLast((part) => part !== "") ?? "The adapter",
    files: await Promise.all(
      taken.map(async ({ file, path }) => ({ path, bytes: new Uint8Array(await file.arrayBuffer()) })),
    ),
  };
};
