import { parseModelConfig } from "../domain/modelConfig.ts";
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
  const name = "qwen3-embedding-tiny";
  const url = (path: string) => `/models/base/${name}/${path}`;
  const fetched = async (path: string) => new Uint8Array(await (await fetch(url(path))).arrayBuffer());
  const files = new Map<string, Uint8Array>();
  for (const path of ["config.json", "model.safetensors"]) files.set(path, await fetched(path));
  const source = {
    id: name,
    revision: "bundled",
    size: (path: string) => Promise.resolve(files.get(path)?.byteLength ?? null),
    read: (path: string, start?: number, end?: number) => Promise.resolve(files.get(path)!.slice(start, end)),
    sha256: () => Promise.resolve(null),
  };
  const config = parseModelConfig(JSON.parse(new TextDecoder().decode(files.get("config.json"))));
  const checkpoint = await openCheckpoint(source);
  const weights = new Map<string, Float32Array>();
  for (const tensor of checkpoint.tensors.keys()) weights.set(tensor, await checkpoint.float32(tensor));
  return {
    config: {
      hidden: config.hidden,
      layers: config.layers,
      heads: config.heads,
      kvHeads: config.kvHeads,
      headDim: config.headDim,
      intermediate: config.intermediate,
      vocab: config.vocab,
      eps: config.rmsEps,
      theta: config.ropeTheta,
    },
    weights,
  };
};

/** Two layers at the width of Qwen3-Embedding-0.6B; a small vocabulary, which a training step hardly touches. */
const twoLayers = () =>
  randomModel(
    {
      hidden: 1024,
      layers: 2,
      heads: 16,
      kvHeads: 8,
      headDim: 128,
      intermediate: 3072,
      vocab: 2048,
      eps: 1e-6,
      theta: 1e6,
    },
    3,
  );

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
  report.device = session.device;
  report.result = await SECTIONS[query.get("section") ?? "training"](session, {
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
