import { QWEN3_EMBEDDING_06B, TINY_BASE } from "../domain/bases.ts";
import { parseModelConfig } from "../domain/modelConfig.ts";
import { entry } from "../domain/present.ts";
import { openCheckpoint } from "../domain/safetensors/index.ts";
import { createKernels, type KernelSession } from "../kernels/index.ts";
import { benchEmbedding } from "./embedding.ts";
import { benchGrowth } from "./growth.ts";
import { benchMatmul } from "./matmul.ts";
import { benchProfile } from "./profile.ts";
import { benchTraining } from "./training.ts";
import { type BenchModel, raggedBatch, raggedTexts, randomModel } from "./workload.ts";

/** What the launcher reads when `done` is set. */
interface Report {
  done: boolean;
  error: string | null;
  device: unknown;
  result: unknown;
}
const report: Report = { done: false, error: null, device: null, result: null };
Object.assign(window, { report });

/** The bundled base as float32 values; its BF16 values survive the way back exactly. */
const tiny = async (): Promise<BenchModel> => {
  const name = TINY_BASE.id;
  const url = (path: string) => `/models/base/${name}/${path}`;
  const fetched = async (path: string) => new Uint8Array(await (await fetch(url(path))).arrayBuffer());
  const files = new Map<string, Uint8Array>();
  for (const path of ["config.json", "model.safetensors"]) files.set(path, await fetched(path));
  const source = {
    id: name,
    revision: "bundled",
    size: (path: string) => Promise.resolve(files.get(path)?.byteLength ?? null),
    read: (path: string, start?: number, end?: number) => Promise.resolve(entry(files, path).slice(start, end)),
    sha256: () => Promise.resolve(null),
  };
  const config = parseModelConfig(JSON.parse(new TextDecoder().decode(files.get("config.json"))));
  const checkpoint = await openCheckpoint(source);
  const weights = new Map<string, Float32Array>();
  for (const tensor of checkpoint.tensors.keys()) weights.set(tensor, await checkpoint.float32(tensor));
  return { config, weights };
};

/** Two layers at the width of Qwen3-Embedding-0.6B; a small vocabulary, which a training step hardly touches. */
const twoLayers = () => randomModel({ ...QWEN3_EMBEDDING_06B.config, layers: 2, vocab: 2048 }, 3);

const FOUR_PAIRS = { workload: "tiny base, 4 pairs", batch: raggedBatch(4, { eos: 8190, longest: 256, seed: 5 }) };

const SECTIONS: Record<string, (session: KernelSession, settings: Settings) => Promise<unknown>> = {
  training: async (session, settings) =>
    benchTraining(session, await tiny(), {
      ...settings,
      ...FOUR_PAIRS,
    }),
  wide: (session, settings) =>
    benchTraining(session, twoLayers(), {
      ...settings,
      workload: "two layers at 0.6B width, 2 pairs",
      batch: raggedBatch(2, { eos: 2047, longest: 256, seed: 6 }),
      rounds: Math.min(2, settings.rounds),
    }),
  profile: async (session) => benchProfile(session, await tiny(), FOUR_PAIRS),
  embedding: async (session, settings) =>
    benchEmbedding(session, await tiny(), {
      ...settings,
      texts: raggedTexts(32, { eos: 8190, longest: 256, seed: 8 }),
    }),
  matmul: (session, settings) => benchMatmul(session, settings),
  growth: async (session, { note }) => benchGrowth(session, await tiny(), note),
};

interface Settings {
  rounds: number;
  peers: string[];
  /** Where the ONNX form of the tiny base is served. */
  onnx: string;
  note: (line: string) => void;
}

/** One section a page, so that each starts on a fresh device. */
const run = async () => {
  const query = new URLSearchParams(location.search);
  const session = await createKernels({ device: "wgsl" });
  const name = query.get("section") ?? "training";
  const section = SECTIONS[name];
  if (!section) throw new Error(`There is no section ${name}; there are ${Object.keys(SECTIONS).join(", ")}.`);
  report.device = session.device;
  report.result = await section(session, {
    rounds: Number(query.get("rounds") ?? 3),
    peers: (query.get("peers") ?? "tfjs,jax").split(","),
    onnx: query.get("onnx") ?? "",
    note: (line) => console.info(line),
  });
};

run().then(
  () => (report.done = true),
  (thrown: unknown) => {
    report.error = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
    report.done = true;
  },
);
