import * as tf from "@tensorflow/tfjs-core";
import type { ModelConfig } from "../../../domain/modelConfig.ts";
import { adapterOf } from "../../../domain/artifact/index.ts";
import { entry, present } from "../../../domain/present.ts";
import { LoraAdapter } from "../../../engine/model/lora.ts";
import type { Qwen3Model } from "../../../engine/model/model.ts";
import { batchGradient, type Chunk } from "../../../engine/training/gradCache.ts";
import { createKernels, type KernelOptions, type Kernels } from "../../../kernels/index.ts";
import { isHalf } from "../../../kernels/wgsl/context.ts";
import {
  fixtureTensors,
  largestDifference,
  loadNano,
  relativeDistance,
  toFloat32Map,
} from "../../../testing/engine.ts";
import { fixtureJson } from "../../../testing/fixtures/load.ts";
import { variantsOf } from "../forms.ts";
import { deviceAdapter, deviceModel } from "../model.ts";
import { uniformTexts } from "../workload.ts";

/** The bars of the fixtures; half-precision factors get one of their own, and are told apart by their name. */
const TOLERANCE = { embeddings: 2e-6, loss: 2e-5, gradients: 2e-5 };
const HALF_TOLERANCE = { embeddings: 2e-3, loss: 2e-2, gradients: 2e-2 };

type Errors = typeof TOLERANCE;
export interface ParityResult {
  passed: boolean;
  tolerance: Errors;
  errors: Errors;
}

interface LoraFixture {
  r: number;
  lora_alpha: number;
  scale: number;
  variants: Record<string, { columns: number[][][]; loss: number }>;
}

const oneStep = async (model: Qwen3Model, adapter: LoraAdapter, chunk: Chunk, scale: number) => {
  const result = batchGradient(model, adapter, [chunk], { scale, mask: null, dims: [] });
  const [loss, similarity] = await Promise.all([result.loss.data(), result.similarity.data()]);
  const gradients = await adapter.store.read("gradients");
  tf.dispose({ ...result });
  return { loss: present(loss[0], "loss"), similarity, gradients };
};

const nano = async (kernels: Kernels): Promise<Errors> => {
  const model = await loadNano(kernels);
  const { batches } = await fixtureJson<{ batches: Record<string, number[][]> }>("forward/forward.json");
  const forward = await fixtureTensors("forward/forward.safetensors");
  const batch = model.pack(present(batches.ladder, "batch of the fixture"), 1024);
  const { embeddings, norms } = model.embed(batch, null);
  const found = await embeddings.data();
  tf.dispose([embeddings, norms]);
  batch.dispose();
  const fixture = await fixtureJson<LoraFixture>("lora/lora.json");
  const { columns, loss } = present(fixture.variants.two_negatives, "variant of the fixture");
  const [queries = [], ...documents] = columns.map((column) => column.map((tokens) => Int32Array.from(tokens)));
  const tensors = toFloat32Map(await fixtureTensors("lora/adapter.safetensors"));
  const adapter = LoraAdapter.from(kernels, model.config, adapterOf(fixture.r, fixture.lora_alpha, tensors));
  const step = await oneStep(model, adapter, { queries, documents: documents.flat() }, fixture.scale);
  const expected = await fixtureTensors("lora/gradients.two_negatives.safetensors");
  adapter.dispose();
  model.dispose();
  return {
    embeddings: largestDifference(found, entry(forward, "ladder.embeddings.f64")),
    loss: Math.abs(step.loss - loss),
    gradients: relativeDistance(step.gradients, expected),
  };
};

const LENGTHS = [1, 17, 36, 30];

const wideStep = async (config: ModelConfig, options: KernelOptions) => {
  const session = await createKernels(options);
  const model = await deviceModel(session.kernels, config);
  const adapter = deviceAdapter(session.kernels, config, true);
  const [a, b, c, d] = uniformTexts(4, 64, config.vocab).map((ids, i) => Int32Array.from(ids.slice(0, LENGTHS[i])));
  const chunk = { queries: [a, b], documents: [c, d] } as { queries: Int32Array[]; documents: Int32Array[] };
  const step = await oneStep(model, adapter, chunk, 20);
  await session.kernels.finish();
  adapter.dispose();
  model.dispose();
  return step;
};
let expectedWide: ReturnType<typeof wideStep> | undefined;

const below = (errors: Errors, bars: Errors): boolean =>
  (["embeddings", "loss", "gradients"] as const).every((name) => errors[name] < bars[name]);

/** Half-precision factors are told by the form's name. */
const barsFor = (form: string): Errors => (isHalf(form) ? HALF_TOLERANCE : TOLERANCE);

const inForm = async (form: string, work: (kernels: Kernels, options: KernelOptions) => Promise<Errors>) => {
  const options: KernelOptions = { device: "wgsl", variants: variantsOf(form), tune: false };
  const session = await createKernels(options);
  try {
    const errors = await work(session.kernels, options);
    await session.kernels.finish();
    const tolerance = barsFor(form);
    return { passed: below(errors, tolerance), tolerance, errors };
  } finally {
    session.close(); // a fault of one form must not be held against the next
    await session.lost;
  }
};

/** The nano model of the fixtures in one form, against float64. */
export const measureParity = (form: string): Promise<ParityResult> => inForm(form, nano);

/** One layer of a model (at the widths of 0.6B, that is) in one form, against tfjs' own ops on the same device. */
export const measureWideParity = async (form: string, model: ModelConfig): Promise<ParityResult> => {
  const config = { ...model, layers: 1, vocab: 96, maxPositions: 2048 };
  expectedWide ??= wideStep(config, { device: "tfjs", backends: ["webgpu"] });
  const expected = await expectedWide;
  return inForm(form, async (_, options) => {
    const found = await wideStep(config, options);
    return {
      embeddings: largestDifference(found.similarity, expected.similarity),
      loss: Math.abs(found.loss - expected.loss),
      gradients: relativeDistance(found.gradients, expected.gradients),
    };
  });
};
