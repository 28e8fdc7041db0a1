import { AutoModel, env, Tensor, type PreTrainedModel } from "@huggingface/transformers";
import { at, entry, present } from "../domain/present.ts";
import { embedSequences } from "../engine/embed/embedder.ts";
import type { KernelSession } from "../kernels/index.ts";
import { ourModel } from "./ourPeer.ts";
import { interleave, median } from "./timing.ts";
import { typicalLengths, type BenchModel } from "./workload.ts";

export interface EmbeddingResult {
  texts: number;
  tokens: number;
  lengths: { median: number; p95: number };
  rows: { name: string; seconds: number; tokensPerSecond: number; ratio: number; largestDifference: number }[];
}

/** Texts that onnxruntime-web takes at once. On the software adapter one at a time was fastest of 1, 4 and 16: nothing is padded. */
const batchSize = ({ device }: KernelSession): number => (device.slow ? 1 : 16);

/** Left-padded batches through an ONNX session of transformers.js; last token, L2-normalized. */
const throughOnnx = async (
  model: PreTrainedModel,
  texts: readonly number[][],
  dim: number,
  pad: number,
  size: number,
): Promise<Float32Array> => {
  const result = new Float32Array(texts.length * dim);
  const byLength = [...texts.entries()].sort(([, a], [, b]) => a.length - b.length);
  for (let start = 0; start < byLength.length; start += size) {
    const rows = byLength.slice(start, start + size);
    const length = Math.max(...rows.map(([, text]) => text.length));
    const ids = new BigInt64Array(rows.length * length).fill(BigInt(pad));
    const mask = new BigInt64Array(rows.length * length);
    rows.forEach(([, text], i) => {
      const start = i * length + length - text.length;
      text.forEach((id, j) => {
        ids[start + j] = BigInt(id);
        mask[start + j] = 1n;
      });
    });
    const dims = [rows.length, length];
    const output = await model({
      input_ids: new Tensor("int64", ids, dims),
      attention_mask: new Tensor("int64", mask, dims),
    });
    const states = (await output.last_hidden_state.cpu?.())?.data ?? output.last_hidden_state.data;
    rows.forEach(([row], i) => {
      const last = (states as Float32Array).subarray((i * length + length - 1) * dim, (i * length + length) * dim);
      const norm = Math.hypot(...last);
      last.forEach((value, j) => (result[row * dim + j] = value / norm));
    });
  }
  return result;
};

/** Embedding throughput, ours against transformers.js on onnxruntime-web (WebGPU and WASM), with the same weights. */
export const benchEmbedding = async (
  session: KernelSession,
  model: BenchModel,
  options: { onnx: string; texts: number[][]; rounds: number; note: (line: string) => void },
): Promise<EmbeddingResult> => {
  const { texts } = options;
  const dim = model.config.hidden;
  const pad = model.config.vocab - 1;
  env.allowLocalModels = false;
  env.remoteHost = location.origin;
  env.remotePathTemplate = "{model}/";
  env.useBrowserCache = false;
  present(env.backends.onnx.wasm, "WASM backend of onnxruntime").wasmPaths = "/node_modules/onnxruntime-web/dist/";
  const own = await ourModel(session, model);
  const sequences = texts.map((ids) => Int32Array.from(ids));
  const load = (device: "webgpu" | "wasm") =>
    AutoModel.from_pretrained(options.onnx, { device, dtype: "fp32", use_external_data_format: 1 });
  const webgpu = await load("webgpu");
  const wasm = await load("wasm");
  const peers = [
    { name: "recall-studio", run: async () => (await embedSequences(own, null, sequences)).data },
    { name: "transformers.js webgpu", run: () => throughOnnx(webgpu, texts, dim, pad, batchSize(session)) },
    { name: "transformers.js wasm", run: () => throughOnnx(wasm, texts, dim, pad, batchSize(session)) },
  ];
  const vectors = new Map<string, Float32Array>();
  for (const peer of peers) {
    vectors.set(peer.name, await peer.run());
    options.note(`warm-up ${peer.name}`);
  }
  const mine = entry(vectors, "recall-studio");
  const difference = (name: string) =>
    entry(vectors, name).reduce((most, value, i) => Math.max(most, Math.abs(value - at(mine, i))), 0);
  for (const { name } of peers)
    if (!(difference(name) < 1e-3))
      throw new Error(`${name} gives other embeddings (${difference(name)}): its time means nothing`);
  const seconds = await interleave(peers, options.rounds, async (peer) => void (await peer.run()), options.note);
  own.dispose();
  await webgpu.dispose();
  await wasm.dispose();
  const tokens = texts.reduce((sum, ids) => sum + ids.length, 0);
  const ours = median(entry(seconds, "recall-studio"));
  return {
    texts: texts.length,
    tokens,
    lengths: typicalLengths(texts),
    rows: peers.map(({ name }) => {
      const typical = median(entry(seconds, name));
      return {
        name,
        seconds: typical,
        tokensPerSecond: tokens / typical,
        ratio: typical / ours,
        largestDifference: difference(name),
      };
    }),
  };
};
