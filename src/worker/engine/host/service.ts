import { yieldToEventLoop } from "../../../domain/yieldToEventLoop.ts";
import type { EmbeddingCache } from "../../../domain/embeddingCache.ts";
import { StudioError } from "../../../domain/errors.ts";
import { compareAll } from "../../../domain/evaluation/index.ts";
import { sha256Hex } from "../../../domain/hashing.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { promptsFor } from "../../../domain/text/prompts.ts";
import {
  dryRun,
  embedCached,
  evaluateModel,
  exportArtifact,
  rankOnDevice,
  rehearseExport,
  RunControl,
  runTraining,
  selfTest,
  type DeviceSession,
  type LoadedBase,
} from "../../../engine/index.ts";
import type {
  ArtifactFile,
  BaseInfo,
  BaseRef,
  Checkpoint,
  DryRunRequest,
  EngineService,
  EvaluateRequest,
  RankRequest,
  Reading,
  TrainRequest,
} from "../protocol.ts";
import { handOver } from "../../rpc.ts";
import { LoadedModels, noAdapter } from "./loadedModels.ts";

/** What the service needs from outside. */
export interface ServicePorts {
  openDevice(): Promise<DeviceSession>;
  /** Progress is that of a download, in bytes. */
  openFiles(base: BaseRef, onProgress: (done: number, total: number) => void): Promise<ModelFiles>;
  /** Embeddings computed before. */
  cache: EmbeddingCache;
  /** Of the product, for the manifest. */
  commit: string | null;
}

const TOKENS_PER_TEXT = 512;

/** The engine behind the worker's door: one device, one base, one adapter, one run at a time. */
export class Service implements EngineService {
  private readonly held: LoadedModels;
  private running: { runId: string; control: RunControl; steps: () => number } | null = null;
  private final: Checkpoint | null = null;

  constructor(private readonly ports: ServicePorts) {
    this.held = new LoadedModels(() => ports.openDevice());
  }

  async probe() {
    return (await this.held.session()).device;
  }

  async loadBase(ref: BaseRef, onProgress: (done: number, total: number) => void): Promise<BaseInfo> {
    this.refuseWhileRunning();
    const files = await this.ports.openFiles(ref, onProgress);
    const { model, config, prompts, parameters, session } = await this.held.replaceBase(files, onProgress);
    this.final = null;
    return {
      id: files.id,
      revision: files.revision,
      sha256: model.weights.sha256,
      parameters,
      dim: config.hidden,
      layers: config.layers,
      maxTokens: config.maxPositions,
      prompts,
      device: session.device,
    };
  }

  async loadAdapter(artifact: ArtifactFile[]): Promise<void> {
    this.refuseWhileRunning();
    await this.held.readArtifact(artifact);
    this.final = null;
  }

  async tokenLengths(texts: string[], kind: "query" | "document", instruction: string | null): Promise<Int32Array> {
    const { tokenizer, prompts } = this.held.base;
    const prompt = promptsFor(prompts, instruction)[kind];
    const lengths = new Int32Array(texts.length);
    for (const [index, text] of texts.entries()) {
      lengths[index] = tokenizer.count(prompt, text);
      await yieldToEventLoop();
    }
    return handOver(lengths);
  }

  async selfTest() {
    return selfTest(await this.held.session(), this.held.baseOrNull);
  }

  async train(request: TrainRequest, onEvent: Parameters<EngineService["train"]>[1]) {
    this.refuseWhileRunning();
    const { base } = this.held;
    this.held.forgetTuned();
    this.final = null;
    let steps = request.resumeFrom?.step ?? 0;
    const control = new RunControl();
    this.running = { runId: request.runId, control, steps: () => steps };
    try {
      await this.rehearse(base, request);
      const result = await runTraining(
        base,
        { ...request, resumeFrom: request.resumeFrom?.tensors ?? null, cache: this.ports.cache },
        control,
        (event) => {
          if (event.type === "step") steps = event.report.step;
          onEvent(event);
        },
      );
      const {
        adapter,
        prompts,
        finished,
        stepsDone,
        bestStep,
        baseline,
        tuned,
        seconds,
        selfTest: report,
        checkpoint,
      } = result;
      if (!baseline || !tuned) throw new RangeError("a run with a test task gave no scores");
      await this.held.keep({ adapter, prompts, run: { request, result } });
      this.final = { runId: request.runId, step: stepsDone, tensors: checkpoint };
      return {
        runId: request.runId,
        finished,
        stepsDone,
        baseline,
        tuned,
        bestStep,
        seconds,
        selfTest: report,
        checkpoint: this.final,
      };
    } finally {
      this.running = null;
    }
  }

  async dryRun(request: DryRunRequest) {
    this.refuseWhileRunning();
    const { base } = this.held;
    const control = new RunControl();
    this.running = { runId: "", control, steps: () => 0 };
    try {
      return await dryRun(base, request, control);
    } finally {
      this.running = null;
    }
  }

  async pause() {
    this.running?.control.pause();
  }

  async resume() {
    this.running?.control.resume();
  }

  async stop() {
    this.running?.control.stop();
  }

  async checkpoint(): Promise<Checkpoint | null> {
    const { running } = this;
    if (!running) return this.final;
    if (running.steps() === 0) return null;
    const tensors = await running.control.checkpoint();
    return { runId: running.runId, step: running.steps(), tensors };
  }

  async evaluate(
    { task, which, instruction, maxTokens, strength = 1, dim }: EvaluateRequest,
    onProgress: (done: number, total: number) => void,
    signal?: AbortSignal,
  ) {
    this.refuseWhileRunning();
    const { base } = this.held;
    const { adapter, identity } = this.held.model(which, strength);
    return evaluateModel(base, adapter, task, {
      label: which,
      prompts: promptsFor(base.prompts, instruction),
      maxTokens,
      dim,
      onProgress,
      signal,
      cached: { cache: this.ports.cache, identity },
    });
  }

  async rank(request: RankRequest) {
    return rankOnDevice(await this.held.session(), request);
  }

  async exportArtifact({ runId, name, dataset, baseline, tuned }: Parameters<EngineService["exportArtifact"]>[0]) {
    const { base } = this.held;
    const { adapter, prompts, run } = this.held.tuned;
    if (run?.request.runId !== runId) throw noAdapter();
    const { request, result } = run;
    const files = await exportArtifact(base, adapter, {
      name,
      runId,
      createdAt: new Date().toISOString(),
      prompts,
      instruction: request.instruction,
      dataset,
      split: {
        hash: request.test.splitHash,
        train: request.examples.length,
        dev: request.dev?.queries.length ?? 0,
        test: request.test.queries.length,
      },
      hyperparameters: request.hyperparameters,
      training: {
        steps: result.stepsDone,
        bestStep: result.bestStep,
        seconds: result.seconds,
        finished: result.finished,
      },
      selfTest: result.selfTest,
      evaluation: {
        baseline,
        tuned,
        comparisons: compareAll(baseline, tuned, { task: request.test }),
        components: request.test.queries.map(({ component }) => component),
      },
      commit: this.ports.commit,
    });
    return handOver(files);
  }

  async embed(
    texts: string[],
    kind: "query" | "document",
    which: "baseline" | "tuned",
    strength = 1,
    reading?: Reading,
  ) {
    const { base } = this.held;
    const prompts = reading
      ? promptsFor(base.prompts, reading.instruction)
      : (this.held.tunedOrNull?.prompts ?? base.prompts);
    const options = { kind, prompts, maxTokens: reading?.maxTokens ?? TOKENS_PER_TEXT };
    const { data, dim } = await embedCached(base, this.held.model(which, strength), texts, this.ports.cache, options);
    return handOver({ data, dim });
  }

  /** Says before the first step what would keep the result from being written. Name and data set come with the export. */
  private async rehearse(base: LoadedBase, { runId, instruction, hyperparameters, test }: TrainRequest): Promise<void> {
    await rehearseExport(base, null, {
      name: runId,
      runId,
      createdAt: new Date().toISOString(),
      prompts: promptsFor(base.prompts, instruction),
      instruction,
      dataset: { name: "", fingerprint: sha256Hex(""), rows: 0 },
      split: { hash: test.splitHash, train: 0, dev: 0, test: 0 },
      hyperparameters,
      commit: this.ports.commit,
    });
  }

  private refuseWhileRunning(): void {
    if (this.running) throw new StudioError("engine-busy", "A run is under way.", "Wait until it ends, or stop it.");
  }
}
