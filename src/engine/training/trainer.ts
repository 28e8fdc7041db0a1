import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import type { Hyperparameters, StepReport } from "../../domain/training/types.ts";
import type { LoraAdapter } from "../model/lora.ts";
import type { Qwen3Model } from "../model/model.ts";
import { batchTensors } from "./batchTensors.ts";
import {
  halvedChunks,
  isDevStep,
  largestChunk,
  scheduleBatches,
  type BatchSchedule,
  type StepBatch,
} from "./batchSchedule.ts";
import { parseState, serializeState, type TrainingState } from "./checkpoint.ts";
import type { TokenizedExamples, TokenizedRow } from "./examples.ts";
import { batchGradient, type BatchResult, type Chunk } from "./gradCache.ts";
import type { Guide } from "./marginMask.ts";
import { learningRateAt } from "./learningRate.ts";
import { readStep, type StepNumbers } from "./readback.ts";
import { runFingerprint } from "./runFingerprint.ts";

/** AdamW's defaults in torch and transformers. */
const ADAM = { beta1: 0.9, beta2: 0.999, eps: 1e-8 };

/** A step's numbers without what only a clock and a device know. */
export type StepResult = Pick<StepReport, "step" | "totalSteps" | "epoch" | "learningRate"> &
  StepNumbers & { pairs: number; tokens: number };

/** Optimizes a LoRA adapter on tokenized examples, one step at a time. Everything is fixed by examples, settings and seed. */
export class Trainer {
  readonly fingerprint: string;
  best: TrainingState["best"] = null;
  /** Called when memory ran out and a step is tried again in chunks of so many pairs, as are all after it. */
  onChunksHalved: (pairs: number, step: number) => void = () => undefined;
  private readonly guide: Guide | null;
  private plan: BatchSchedule;
  /** Steps that the device was given, and those whose numbers are known. */
  private begun = 0;
  private done = 0;

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
    this.plan = schedule ?? scheduleBatches(examples, settings);
    this.fingerprint = runFingerprint(model, examples, settings);
  }

  get schedule(): BatchSchedule {
    return this.plan;
  }

  /** Pairs that are embedded at once: those of the settings, or fewer where memory ran out. */
  get chunkPairs(): number {
    return largestChunk(this.plan);
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

  /** Whether the device was given the last step. */
  get allBegun(): boolean {
    return this.begun >= this.totalSteps;
  }

  get pairsLeft(): number {
    return this.schedule.steps
      .slice(this.done)
      .reduce((sum, { chunks }) => sum + chunks.reduce((n, chunk) => n + chunk.length, 0), 0);
  }

  /** Whether dev is scored after the step last begun: every `every` steps (0: at the end of each epoch), and at the very end. */
  isDevStep(every: number): boolean {
    return isDevStep(this.schedule, this.begun, every);
  }

  /** One optimizer step, with one readback. @throws StudioError as {@link begin} and its result */
  async step(): Promise<StepResult> {
    const { result } = await this.begin();
    return result;
  }

  /**
   * Hands one optimizer step to the device. The next may follow before its numbers are back: `result` has them, and rejects with
   * `training-diverged` when loss or gradient is not finite; weights then stay those of the last good step, whatever was begun after it.
   * Where memory runs out, the step is tried again in chunks of half as many pairs, down to one.
   *
   * @throws StudioError `out-of-memory`, `adapter-too-small` when even single pairs do not fit
   */
  async begin(): Promise<{ result: Promise<StepResult> }> {
    const { settings, model, adapter, totalSteps } = this;
    const learningRate = learningRateAt(this.begun, totalSteps, this.plan.warmupSteps, settings.learningRate);
    const { gradient, batch, rows } = await this.gradient();
    const step = ++this.begun;
    const norm = model.kernels.adamW(adapter.store, {
      ...ADAM,
      learningRate,
      weightDecay: settings.weightDecay,
      step,
      maxGradNorm: settings.maxGradNorm,
    });
    const result = readStep(model.kernels, gradient, norm).then((numbers) => {
      if (!Number.isFinite(numbers.loss) || !Number.isFinite(numbers.gradNorm)) throw diverged(step);
      this.done = step;
      const size = sizeOf(batch, rows, this.examples);
      return { ...numbers, ...size, step, totalSteps, epoch: batch.epoch, learningRate };
    });
    result.catch(() => undefined); // who began it may await it a step later
    return { result };
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
    this.done = this.begun = state.step;
  }

  /** Loss and gradient of the next step, in chunks that fit. */
  private async gradient(): Promise<{ gradient: BatchResult; batch: StepBatch; rows: TokenizedRow[][] }> {
    const { settings, model, adapter, examples } = this;
    const { kernels } = model;
    for (;;) {
      const batch = this.plan.steps[this.begun];
      if (!batch) throw new RangeError("the run is finished");
      const rows = batch.chunks.map((chunk) => chunk.map((index) => at(examples.rows, index)));
      try {
        const gradient = await kernels.attempt(() => {
          const judged = batchTensors(kernels, examples, rows, settings, this.guide);
          const options = { scale: settings.scale, ...judged, dims: settings.matryoshkaDims };
          const chunks = rows.map((chunk) => this.chunkOf(chunk));
          return { ...batchGradient(model, adapter, chunks, options, this.plan.capacity) };
        });
        return { gradient, batch, rows };
      } catch (error) {
        const smaller = isTooMuch(error) ? halvedChunks(this.plan, examples) : null;
        if (smaller === null) throw error;
        adapter.store.clearGradients();
        this.plan = smaller;
        this.onChunksHalved(this.chunkPairs, this.begun + 1);
      }
    }
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

/** Whether smaller chunks may help: memory ran out, or an activation is larger than the device allows in one piece. */
const isTooMuch = (error: unknown): boolean =>
  error instanceof StudioError && (error.code === "out-of-memory" || error.code === "adapter-too-small");

const diverged = (step: number): StudioError =>
  new StudioError(
    "training-diverged",
    `Loss or gradient of step ${step} is not a number; training stopped with the weights of the step before.`,
    "Lower the learning rate, or lengthen the warm-up, and train again.",
  );
