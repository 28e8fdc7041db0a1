/** `npm run export`: a tuned model in the form that another runtime loads. */
import { join } from "node:path";
import { z } from "zod";
import { MANIFEST_PATH, parseManifest, readAdapter, type Manifest } from "../../src/domain/artifact/index.ts";
import { taskOfFile } from "../../src/domain/evaluation/index.ts";
import {
  atLeast,
  DEFAULT_TYPE,
  EXPORT_TYPES,
  exportCard,
  formFiles,
  FORMS,
  ggufPath,
  mustBeSame,
  ONNX_FOLDER,
  recallLine,
  type FormRecall,
} from "../../src/domain/export/index.ts";
import { ggufAsAdapter, ggufAsModelFiles } from "../../src/domain/gguf/index.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { WEIGHTS_PATH, type ModelFiles } from "../../src/domain/modelFiles.ts";
import { present } from "../../src/domain/present.ts";
import { openForm, type DeviceSession } from "../../src/engine/index.ts";
import { proveGraph } from "../exports/prove.ts";
import { writeExport } from "../exports/writeExport.ts";
import { chosenByFlags } from "./columnFlags.ts";
import { isStarted } from "./command.ts";
import { openCliDevice } from "./device.ts";
import { exportScript, wantsScript } from "./exportScript.ts";
import { kinds, readFlags, type Help } from "./flags.ts";
import { formRecall, type WrittenForm } from "./formRecall.ts";
import { nodeModelFiles, openBase, openFile, openFolder } from "./nodeModelFiles.ts";
import { newFolder } from "./outFolder.ts";
import { readPairs } from "./pairs.ts";
import { report, UsageError } from "./problems.ts";

const FLAGS = {
  artifact: {
    schema: kinds.required("a folder"),
    required: true,
    value: "DIR",
    help: "the exported adapter folder, with its manifest",
  },
  form: {
    schema: z.enum(FORMS, `takes ${FORMS.join(", ")} or script`),
    required: true,
    value: "NAME",
    help: "merged (sentence-transformers, TEI, vLLM), gguf or gguf-lora (llama.cpp, Ollama), onnx (onnxruntime, transformers.js), or script (--form script --help)",
  },
  dtype: {
    schema: z.enum(EXPORT_TYPES, `takes ${EXPORT_TYPES.join(", ")}`).optional(),
    value: "TYPE",
    help: "f32, bf16, f16 or q8 (merged: bf16, gguf: f16, onnx: f32 unless given)",
  },
  test: {
    schema: kinds.text,
    value: "FILE",
    help: "pairs of the run's test: says what the form costs in recall@10, with its interval",
  },
  base: { schema: kinds.text, value: "NAME|DIR", help: "the base (default: the bundled one that the manifest names)" },
  out: { schema: kinds.required("a folder"), required: true, value: "DIR", help: "new folder for the files" },
  json: { schema: kinds.switch, help: "one JSON object on stdout" },
  backend: { schema: kinds.backend, value: "NAME", help: "what checks the result: webgpu, wasm or cpu" },
};

const HELP: Help = {
  about:
    "Writes a tuned model in the form that another runtime loads, and holds what is written against the model's own vectors.",
  examples: [
    "npm run export -- --artifact tuned/ --form merged --out merged/",
    "npm run export -- --artifact tuned/ --form gguf --dtype q8 --test test.jsonl --out gguf/",
    "npm run export -- --artifact tuned/ --form onnx --dtype q8 --out onnx/",
  ],
};

/** Exit codes: 0 written, 2 what the person can mend, 1 everything else. */
export const exportForm = async (args: string[]): Promise<number> => {
  if (wantsScript(args)) return exportScript(args);
  const flags = readFlags("export", FLAGS, args, HELP);
  if (!flags) return 0;
  const { form } = flags;
  const type = flags.dtype ?? DEFAULT_TYPE[form];
  const folder = newFolder(flags.out);
  const artifact = nodeModelFiles(openFolder("artifact", flags.artifact));
  const manifest = await manifestOf(artifact, flags.artifact);
  const base = openBase(flags.base ?? manifest.base.id);
  await sameBase(base, manifest);
  const adapter = await readAdapter(artifact, await readModelConfig(base));
  const pairs =
    flags.test === undefined
      ? null
      : await readPairs("test", openFile("test", flags.test), { chosen: chosenByFlags({}), skipBadLines: false });
  const task = pairs && taskOfFile(pairs);
  let recall: FormRecall | null = null;
  const files = await formFiles({ artifact, manifest, base, adapter, form, type });
  let cosine = Number.NaN;
  const opened = async (part: string, device: DeviceSession | null): Promise<WrittenForm> => {
    if (form === "onnx") return { onnx: join(part, ONNX_FOLDER) };
    const session = present(device, "device");
    const written = nodeModelFiles(part);
    const path = ggufPath(manifest, form, type);
    if (form === "gguf-lora") {
      const read = await ggufAsAdapter(written, path, await readModelConfig(base));
      return { open: await openForm(session, base, read) };
    }
    return {
      open: await openForm(session, form === "gguf" ? await ggufAsModelFiles(written, path, base) : written, null),
    };
  };
  const finish = async (part: string) => {
    const session = form === "onnx" && !task ? null : await openCliDevice(flags.backend);
    const written = await opened(part, session);
    cosine =
      "onnx" in written
        ? await proveGraph(written.onnx, { artifact, prompts: manifest.prompt })
        : await written.open.probe(artifact, manifest.prompt);
    mustBeSame(cosine, form, type);
    if (task && session) recall = await formRecall(session, task, { artifact, manifest, base, adapter }, written);
    return new Map([["README.md", new TextEncoder().encode(exportCard(manifest, form, type, { cosine, recall }))]]);
  };
  await writeExport(folder, files, { onProgress: progressLine(), finish });
  const result = { form, type, out: folder, fingerprint: manifest.fingerprint, cosine, recall };
  const said = [folder, `Cosine to the tuned model's vectors: at least ${atLeast(cosine, 5)}.`, recallLine(recall)];
  console.log(flags.json ? JSON.stringify(result) : said.join("\n"));
  return 0;
};

/** @throws UsageError without a readable manifest */
const manifestOf = async (artifact: ModelFiles, path: string): Promise<Manifest> => {
  if ((await artifact.size(MANIFEST_PATH)) === null)
    throw new UsageError(
      "usage",
      `--artifact: ${path} has no ${MANIFEST_PATH}.`,
      "Give the folder that a run of the studio has exported.",
    );
  return parseManifest(await artifact.read(MANIFEST_PATH));
};

/** @throws UsageError when these are not the weights that the adapter was trained on */
const sameBase = async (base: ModelFiles, { base: trained }: Manifest): Promise<void> => {
  if ((await base.size(WEIGHTS_PATH)) === null) return; // in shards: the adapter's shapes and the probes tell
  if ((await base.sha256(WEIGHTS_PATH)) !== trained.sha256)
    throw new UsageError(
      "usage",
      `--base: ${base.id} holds other weights than ${trained.id}, which the adapter was trained on.`,
      `Give a folder whose ${WEIGHTS_PATH} has SHA-256 ${trained.sha256}.`,
    );
};

/** A line on stderr every tenth part. */
const progressLine = () => {
  let said = 0;
  return (done: number, total: number): void => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth <= said) return;
    said = tenth;
    console.error(`${10 * tenth} % of ${Math.ceil(total / 1e6)} MB written`);
  };
};

if (isStarted(import.meta.url))
  exportForm(process.argv.slice(2)).then(
    // Dawn keeps the process alive; everything is written by now.
    (code) => process.exit(code),
    (thrown: unknown) => process.exit(report(thrown)),
  );
