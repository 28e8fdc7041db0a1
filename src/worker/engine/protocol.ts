import type { NearestDocuments } from "../../domain/dataset/index.ts";
import type { DatasetIdentity, QueriesAndDocuments } from "../../domain/dataset/types.ts";
import type { ByteCurve } from "../../domain/evaluation/index.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../domain/evaluation/types.ts";
import type { RetentionScores } from "../../domain/retention/index.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import type { DeviceReport, DryRun, Hyperparameters, RunEvent, SelfTestReport } from "../../domain/training/types.ts";
import type { Parcel } from "../rpc.ts";

/** Name of a worker that takes WebGPU also where it is only imitated. */
export const ON_WEBGPU = "engine on WebGPU";

/**
 * What the page may ask of the engine's worker. Streams are callbacks; errors arrive as `StudioError`. Texts come in parcels
 * that the data worker sealed; the page does not see them.
 */
export interface EngineService {
  /** The device the engine would use, without loading a model. */
  probe(): Promise<DeviceReport>;
  /** Loads a base model; replaces the one in memory. Progress is in bytes. */
  loadBase(base: BaseRef, onProgress: (done: number, total: number) => void): Promise<BaseInfo>;
  selfTest(): Promise<SelfTestReport>;
  /** Self-test, baseline, training, tuned evaluation. Resolves when the run ends, also when it was stopped. */
  train(
    request: TrainRequest,
    texts: Parcel<PackedRunTexts>,
    onEvent: (event: RunEvent) => void,
  ): Promise<TrainOutcome>;
  /** Times a few steps of a run that is not kept. `stop` ends it with `aborted`. */
  dryRun(request: DryRunRequest, texts: Parcel<PackedRunTexts>): Promise<DryRun>;
  /** Takes effect after the current step. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops after the current step and keeps the tuned weights. */
  stop(): Promise<void>;
  /**
   * A copy of adapter and optimizer after the current step, while the run goes on; the page saves it so that a run
   * survives a reload or a lost device. Null when no step is done.
   */
  checkpoint(): Promise<Checkpoint | null>;
  /**
   * Scores the base, or the adapter in memory, on a task. Embeddings of one model are kept, so that the same texts at
   * another dimension, or the same documents under another instruction, cost no second pass.
   */
  evaluate(
    request: EvaluateRequest,
    task: Parcel<RetrievalTask>,
    onProgress: (done: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<RetrievalEvaluation>;
  /** recall@10 of the adapter's embeddings in each form that a store may keep them in; what was embedded before costs no second pass. */
  weighBytes(
    request: Reading,
    task: Parcel<RetrievalTask>,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<ByteCurve>;
  /**
   * What the adapter in memory and the base find of the general set, of which `set` is the file. It gives way: a run, another base or
   * another adapter ends it with `aborted`; a dry run waits for it.
   */
  retention(
    request: { instruction: string | null; strength?: number },
    set: Uint8Array,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<RetentionScores>;
  /** The best `k` documents of each query by the base's cosine, exactly; what is embedded when it is aborted stays kept. */
  nearest(
    request: Reading & { k: number },
    texts: Parcel<QueriesAndDocuments>,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<Parcel<NearestDocuments>>;
  /** The artifact folder of the adapter in memory, after the written files were loaded again and checked. */
  exportArtifact(request: ExportRequest): Promise<ArtifactFile[]>;
  /** The artifact folder of a run's adapter at a share of its strength, on the base that is loaded; checked as {@link exportArtifact}. */
  exportStrength(request: ExportStrengthRequest): Promise<ArtifactFile[]>;
  /**
   * Puts the adapter of an exported artifact into memory, on the base that is loaded, for `embed` and `evaluate` after a
   * reload. Refuses an adapter of another base.
   */
  loadAdapter(artifact: ArtifactFile[]): Promise<void>;
  /**
   * L2-normalized embeddings, row-major [texts, dim]. `strength` scales the adapter's effect: 0 is the base, 1 (the
   * default) the tuned model. `reading` says how texts are read; without it, with the prompts of the model in memory.
   */
  embed(
    texts: string[],
    kind: "query" | "document",
    which: "baseline" | "tuned",
    strength?: number,
    reading?: Reading,
  ): Promise<{ data: Float32Array; dim: number }>;
}

/** How texts are read before they are embedded. */
export interface Reading {
  /** The task sentence; null keeps the base's own query prompt. */
  instruction: string | null;
  maxTokens: number;
}

/** Where a base model comes from. */
export type BaseRef =
  | { source: "bundled"; name: string }
  | { source: "hub"; repo: string; revision: string; host?: string };

export interface BaseInfo {
  id: string;
  revision: string;
  /** SHA-256 of model.safetensors. */
  sha256: string;
  parameters: number;
  dim: number;
  layers: number;
  maxTokens: number;
  /** Prompts of config_sentence_transformers.json. */
  prompts: { query: string; document: string };
  device: DeviceReport;
}

export interface TrainRequest {
  runId: string;
  hyperparameters: Hyperparameters;
  /** The task sentence; null keeps the base's own query prompt. */
  instruction: string | null;
  /** A checkpoint to continue from. */
  resumeFrom: Checkpoint | null;
}

export interface DryRunRequest {
  hyperparameters: Hyperparameters;
  instruction: string | null;
}

/** Everything needed to continue a run after a reload or a lost device. */
export interface Checkpoint {
  runId: string;
  step: number;
  /** safetensors: adapter, optimizer moments. */
  tensors: Uint8Array;
}

export interface TrainOutcome {
  runId: string;
  finished: boolean;
  stepsDone: number;
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
  /** Step whose weights were kept: best on dev, or the last. */
  bestStep: number;
  seconds: number;
  selfTest: SelfTestReport;
  checkpoint: Checkpoint;
}

export interface EvaluateRequest extends Reading {
  which: "baseline" | "tuned";
  /** Share of the adapter's effect, 1 when absent. */
  strength?: number;
  /** Embeddings are cut to so many dimensions and normalized again; all when absent. */
  dim?: number;
}

export interface ExportRequest {
  runId: string;
  name: string;
  dataset: DatasetIdentity;
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
}

export interface ExportStrengthRequest {
  /** Of the run as it was trained. */
  artifact: ArtifactFile[];
  /** Above 0, below 1. */
  strength: number;
  /** Of the version to be written. */
  runId: string;
  name: string;
  baseline: RetrievalEvaluation;
  tuned: RetrievalEvaluation;
}

/** One file of an artifact folder. */
export interface ArtifactFile {
  /** Forward-slash path inside the folder. */
  path: string;
  bytes: Uint8Array;
}
