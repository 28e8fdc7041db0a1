import { TINY_BASE } from "../../../domain/bases.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../../domain/training/types.ts";
import { Trainer } from "../../../engine/training/trainer.ts";
import { createKernels } from "../../../kernels/index.ts";
import { median } from "../../timing.ts";
import { examplesOf, LORA, raggedTexts } from "../../workload.ts";
import { deviceAdapter, deviceModel } from "../model.ts";

export interface FlatResult {
  steps: number;
  /** Device bytes and bytes of this process after some steps. */
  memory: { step: number; device: number; process: number }[];
  /** Median seconds a step in the first and the last tenth. */
  early: number;
  late: number;
  firstLoss: number;
  lastLoss: number;
  tokensPerSecond: number;
}

const PAIRS = 8;
const ROWS = 512;

/** Many steps of the trainer at the shape of the tiny base: neither memory nor the time a step takes may grow. */
export const measureFlat = async (steps: number): Promise<FlatResult> => {
  const session = await createKernels({ device: "wgsl" });
  const { config } = TINY_BASE;
  const model = await deviceModel(session.kernels, config);
  const adapter = deviceAdapter(session.kernels, config);
  const texts = raggedTexts(2 * ROWS, { eos: config.vocab - 1, seed: 11, longest: 128 });
  const epochs = Math.ceil((steps * PAIRS) / ROWS) + 1;
  const settings = { ...DEFAULT_HYPERPARAMETERS, ...LORA, batchSize: PAIRS, chunkSize: PAIRS, epochs };
  const trainer = new Trainer(model, adapter, examplesOf(texts), settings);
  const marks = new Set([0.05, 0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.ceil(share * steps)));
  const memory: FlatResult["memory"] = [];
  const times: number[] = [];
  const losses: number[] = [];
  let tokens = 0;
  for (let step = 1; step <= steps; step++) {
    const started = performance.now();
    const result = await trainer.step();
    times.push((performance.now() - started) / 1000);
    losses.push(result.loss);
    tokens += result.tokens;
    if (marks.has(step)) memory.push({ step, device: session.memory().bytes, process: process.memoryUsage().rss });
  }
  await session.kernels.finish();
  const tenth = Math.max(1, Math.floor(steps / 10));
  const few = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    steps,
    memory,
    early: median(times.slice(tenth, 2 * tenth)), // the first steps compile
    late: median(times.slice(-tenth)),
    firstLoss: few(losses.slice(0, tenth)),
    lastLoss: few(losses.slice(-tenth)),
    tokensPerSecond: tokens / times.reduce((sum, value) => sum + value, 0),
  };
};
