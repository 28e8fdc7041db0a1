import { parseModelConfig } from "../../domain/modelConfig.ts";
import { openCheckpoint } from "../../domain/safetensors/index.ts";
import { createKernels } from "../../kernels/index.ts";
import { benchEmbedding } from "./embedding.ts";
import { benchGrowth } from "./growth.ts";
import { benchMatmul } from "./matmul.ts";
import { benchTraining } from "./training.ts";
import { type BenchModel, randomModel, raggedBatches } from "./workload.ts";

/** What the launcher reads when `done` is set. */
interface Report {
  done: boolean;
  error: string | null;
  device: unknown;
  sections: Record<string, unknown>;
}
const report: Report = { done: false, error: null, device: null, sections: {} };
Object.assign(window, { report });

const note = (line: string) => console.info(line);

/** A bundled base as float32 values; its BF16 values survive the way back exactly. */
const bundled = async (name: string): Promise<BenchModel> => {
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

const run = async () => {
  const query = new URLSearchParams(location.search);
  const wanted = (query.get("sections") ?? "training,wide,embedding,matmul,growth").split(",");
  const rounds = Number(query.get("rounds") ?? 5);
  const peers = (query.get("peers") ?? "tfjs,jax").split(",");
  const session = await createKernels({ device: "wgsl" });
  report.device = session.device;
  const tiny = await bundled("qwen3-embedding-tiny");
  const texts = { vocab: 8192, eos: 8190, maxTokens: 256 };
  if (wanted.includes("matmul")) report.sections.matmul = await benchMatmul(session, rounds, note);
  if (wanted.includes("growth")) report.sections.growth = await benchGrowth(session, tiny, note);
  if (wanted.includes("training"))
    report.sections.training = await benchTraining(session, tiny, {
      workload: "tiny base, 32 pairs",
      batches: raggedBatches({ ...texts, batches: 2, pairs: 32, seed: 5 }),
      rounds,
      peers,
      note,
    });
  if (wanted.includes("wide"))
    report.sections.wide = await benchTraining(session, twoLayers(), {
      workload: "two layers at 0.6B width, 4 pairs",
      batches: raggedBatches({ vocab: 2048, eos: 2047, maxTokens: 160, batches: 1, pairs: 4, seed: 6 }),
      rounds: Math.max(2, Math.min(3, rounds)),
      peers,
      note,
    });
  if (wanted.includes("embedding") && query.has("onnx"))
    report.sections.embedding = await benchEmbedding(session, tiny, {
      onnx: query.get("onnx")!,
      texts: raggedBatches({ ...texts, batches: 1, pairs: 256, seed: 8 })[0].documents,
      rounds,
      note,
    });
};

run().then(
  () => (report.done = true),
  (thrown: unknown) => {
    report.error = thrown instanceof Error ? `${thrown.message}\n${thrown.stack}` : String(thrown);
    report.done = true;
  },
);
