import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import type { Hyperparameters, StepReport } from "../../domain/training/types.ts";
import type { LoraAdapter } from "../model/lora.ts";
import type { Qwen3Model } from "../model/model.ts";
import { batchTensors } from "./batchTensors.ts";
import { isDevStep, scheduleBatches, type BatchSchedule, type StepBatch } from "./batchSchedule.ts";
import { parseState, serializeState, type TrainingState } from "./checkpoint.ts";
import type { TokenizedExamples, TokenizedRow } from "./examples.ts";
import { batchGradient, type Chunk } from "./gradCache.ts";
import type { Guide } from "./marginMask.ts";
import { learningRateAt } from "./learningRate.ts";
import { Readback, type StepNumbers } from "./readback.ts";
import { runFingerprint } from "./runFingerprint.ts";

/** AdamW's defaults in torch and transformers. */
const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/** A step's numbers without what only a clock and a device know. */
export type StepResult = Pick<StepReport, "step" | "totalSteps" | "epoch" | "learningRate"> &
  StepNumbers & { pairs: number; tokens: number };

/** Optimizes a LoRA adapter on tokenized examples, one step at a time. Everything is fixed by examples, settings and seed. */
export class Trainer {
  readonly schedule: BatchSchedule;
  readonly fingerprint: string;
  best: TrainingState["best"] = null;
  private readonly guide: Guide | null;
  private done = 0;
  private readonly readback = new Readback();

  constructor(
    private readonly model: Qwen3Model,
    private readonly adapter: LoraAdapter,
    private readonly examples: TokenizedExamples,
    private readonly settings: Hyperparameters,
    { schedule, guide = null }: { schedule?: BatchSchedule; guide?: Guide | null } = {},
  ) {
    this.guide = guide;
    const tooWide = settings.matryoshkaDims.find((dim) => dim > model.config.hidden || dim < 1);
    if (tooWide !== undefined)
      throw new StudioError(
        "matryoshka-dimension",
        `Matryoshka dimension ${tooWide} does not fit the model's ${model.config.hidden} dimensions.`,
        `Give dimensions from 1 to ${model.config.hidden}.`,
      );
    this.schedule = schedule ?? scheduleBatches(examples, settings);
    this.fingerprint = runFingerprint(model, examples, settings);
  }

  get stepsDone(): number {
    return this.done;
  }

  get totalSteps(): number {
    return this.schedule.steps.length;
  }

  get finished(): boolean {
    return this.done >= this.totalSteps;
  }

  get pairsLeft(): number {
    return this.schedule.steps
      .slice(this.done)
      .reduce((sum, { chunks }) => sum + chunks.reduce((n, chunk) => n + chunk.length, 0), 0);
  }

  /** Whether dev is scored after the step just done: every `every` steps (0: at the end of each epoch), and at the very end. */
  isDevStep(every: number): boolean {
    return isDevStep(this.schedule, this.done, every);
  }

  /**
   * One optimizer step, with one readback.
   *
   * @throws StudioError `training-diverged` when loss or gradient is not finite; weights then are those of the last good step
   */
  async step(): Promise<StepResult> {
    const batch = this.schedule.steps[this.done];
    if (!batch) throw new RangeError("the run is finished");
    const { settings, model, adapter } = this;
    const learningRate = learningRateAt(this.done, this.totalSteps, this.schedule.warmupSteps, settings.learningRate);
    const rows = batch.chunks.map((chunk) => chunk.map((index) => at(this.examples.rows, index)));
    const { mask, distillation, dispose } = batchTensors(this.examples, rows, settings, this.guide);
    const result = batchGradient(
      model,
      adapter,
      rows.map((chunk) => this.chunkOf(chunk)),
      { scale: settings.scale, mask, distillation, dims: settings.matryoshkaDims },
      this.schedule.capacity,
    );
    dispose();
    const norm = model.kernels.adamW(adapter.store, {
      ...ADAM,
      learningRate,
      weightDecay: settings.weightDecay,
      step: this.done + 1,
      maxGradNorm: settings.maxGradNorm,
    });
    const numbers = await this.readback.read(result, norm);
    if (!Number.isFinite(numbers.loss) || !Number.isFinite(numbers.gradNorm)) throw diverged(this.done + 1);
    this.done++;
    return {
      ...numbers,
      ...sizeOf(batch, rows, this.examples),
      step: this.done,
      totalSteps: this.totalSteps,
      epoch: batch.epoch,
      learningRate,
    };
  }

  /** A copy of all that the next step depends on. */
  async state(): Promise<TrainingState> {
    const { store } = this.adapter;
    return {
      step: this.done,
      runFingerprint: this.fingerprint,
      values: await store.read("values"),
      moment1: await store.read("moment1"),
      moment2: await store.read("moment2"),
      best: this.best,
    };
  }

  /** The state as a file. */
  async checkpoint(): Promise<Uint8Array> {
    return serializeState(await this.state(), (name) => this.adapter.store.shape(name));
  }

  /**
   * Continues from a checkpoint; the following steps equal those of a run that was never interrupted.
   *
   * @throws StudioError `checkpoint-damaged`, `checkpoint-mismatch` when it comes from other data, base or settings
   */
  restore(file: Uint8Array): void {
    const state = parseState(file);
    if (state.runFingerprint !== this.fingerprint)
      throw new StudioError(
        "checkpoint-mismatch",
        "The saved training state belongs to a run with other data, another base or other settings.",
        "Start a new run, or choose the data and settings of the saved one.",
      );
    this.adapter.store.write(state.values);
    this.adapter.store.writeMoments(state.moment1, state.moment2);
    this.adapter.store.clearGradients();
    this.best = state.best;
    this.done = state.step;
  }

  /** Frees what the trainer itself holds; model and adapter stay. */
  dispose(): void {
    this.readback.dispose();
  }

  private chunkOf(rows: readonly TokenizedRow[]): Chunk {
    const sequence = (id: number): Int32Array => at(this.examples.sequences, id);
    return {
      queries: rows.map(({ query }) => sequence(query)),
      documents: [
        ...rows.map(({ positive }) => sequence(positive)),
        ...rows.flatMap(({ negatives }) => negatives.map(sequence)),
      ],
    };
  }
}

const sizeOf = (
  batch: StepBatch,
  rows: readonly TokenizedRow[][],
  { sequences }: TokenizedExamples,
): { pairs: number; tokens: number } => ({
  pairs: batch.chunks.reduce((sum, chunk) => sum + chunk.length, 0),
  tokens: rows
    .flat()
    .reduce(
      (sum, { query, positive, negatives }) =>
        sum + [query, positive, ...negatives].reduce((length, id) => length + at(sequences, id).length, 0),
      0,
    ),
});

const diverged = (step: number): StudioError =>
  new StudioError(
    "training-diverged",
    `Loss or gradient of step ${step} is not a number; training stopped with the weights of the step before.`,
    "Lower the learning rate, or lengthen the warm-up, and train again.",
  );
