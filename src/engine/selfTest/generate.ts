/**
 * Writes `fixture.json`, the small model and the reference numbers of the start-up self-test, from the parity fixtures:
 * `node --import ./server/lib/typescript.mjs src/engine/selfTest/generate.ts`. Only the embedding rows that the test uses are kept.
 */
import { readFile, writeFile } from "node:fs/promises";
import { at, entry } from "../../domain/present.ts";
import { parseHeader, toFloat64, writeSafetensors, type TensorData } from "../../domain/safetensors/index.ts";
import { largest } from "./check.ts";
import type { SelfTestFixture } from "./fixture.ts";

const fixtures = new URL("../../testing/fixtures/", import.meta.url);
const bytes = async (path: string): Promise<Uint8Array> => new Uint8Array(await readFile(new URL(path, fixtures)));
const json = async (path: string): Promise<unknown> => JSON.parse(new TextDecoder().decode(await bytes(path)));
const base64 = (data: Uint8Array): string => Buffer.from(data).toString("base64");

const STEPS = 3;
const trajectory = (await json("trajectory/trajectory.json")) as {
  pairs: [number[], number[]][];
  batches: number[][];
  learning_rate: number;
  warmup_steps: number;
  r: number;
  lora_alpha: number;
  runs: Record<string, { loss: number[]; grad_norm: number[] }>;
};
const run = trajectory.runs.bf16_weights_f64;
const unrounded = trajectory.runs.f64;
const ladder = ((await json("forward/forward.json")) as { batches: Record<string, number[][]> }).batches.ladder;
if (!run || !unrounded || !ladder) throw new Error("the fixtures lack a run");
const batches = trajectory.batches.slice(0, STEPS).map((batch) => batch.map((index) => at(trajectory.pairs, index)));

const used = [...new Set([...ladder.flat(), ...batches.flat(3)])].sort((a, b) => a - b);
const place = new Map(used.map((token, index) => [token, index]));
const remap = (tokens: number[]): number[] => tokens.map((token) => entry(place, token));

const model = await bytes("nano/model.bf16.safetensors");
const tensors: TensorData[] = [...parseHeader(model).tensors.values()].map(({ name, dtype, shape, start, end }) => {
  const data = model.slice(start, end);
  if (name !== "embed_tokens.weight") return { name, dtype, shape, data };
  const width = data.byteLength / at(shape, 0);
  const rows = new Uint8Array(used.length * width);
  used.forEach((token, index) => rows.set(data.subarray(token * width, (token + 1) * width), index * width));
  return { name, dtype, shape: [used.length, at(shape, 1)], data: rows };
});
const forward = await bytes("forward/forward.safetensors");
const embeddingsOf = (weights: string): Float64Array => {
  const tensor = parseHeader(forward).tensors.get(`ladder.embeddings.${weights}f64`);
  if (!tensor) throw new Error("the fixtures lack embeddings");
  return toFloat64(forward.slice(tensor.start, tensor.end), tensor.dtype);
};
const embeddings = Float32Array.from(embeddingsOf("bf16_weights."));

const fixture: SelfTestFixture = {
  config: { ...((await json("nano/config.json")) as object), vocab_size: used.length },
  model: base64(writeSafetensors(tensors)),
  adapter: base64(await bytes("trajectory/initial.safetensors")),
  rank: trajectory.r,
  alpha: trajectory.lora_alpha,
  sequences: ladder.map(remap),
  embeddings: base64(new Uint8Array(embeddings.buffer)),
  batches: batches.map((batch) => batch.map(([query, document]) => [remap(query), remap(document)])),
  learningRate: trajectory.learning_rate,
  warmupSteps: trajectory.warmup_steps,
  losses: run.loss.slice(0, STEPS),
  gradNorms: run.grad_norm.slice(0, STEPS),
  weightRounding: {
    embeddings: largest(embeddingsOf("bf16_weights."), embeddingsOf("")),
    loss: largest(run.loss.slice(0, STEPS), unrounded.loss.slice(0, STEPS)),
    gradNorm: largest(run.grad_norm.slice(0, STEPS), unrounded.grad_norm.slice(0, STEPS)),
  },
};
await writeFile(new URL("fixture.json", import.meta.url), `${JSON.stringify(fixture)}\n`);
