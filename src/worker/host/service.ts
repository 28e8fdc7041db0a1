import { MANIFEST_PATH, memoryFolder, parseManifest, readAdapter } from "../../domain/artifact/index.ts";
import type { EmbeddingCache } from "../../domain/embeddingCache.ts";
import { StudioError } from "../../domain/errors.ts";
import { compareAll } from "../../domain/evaluation/index.ts";
import { sha256Hex } from "../../domain/hashing.ts";
import type { ModelFiles } from "../../domain/modelFiles.ts";
import { sha256List } from "../../domain/text/index.ts";
import {
  breathe,
  dryRun,
  embedCached,
  evaluateModel,
  exportArtifact,
  loadBase,
  LoraAdapter,
  promptsFor,
  rankOnDevice,
  RunControl,
  runTraining,
  selfTest,
  type DeviceSession,
  type FixedModel,
  type LoadedBase,
  type Prompts,
  type RunResult,
} from "../../engine/index.ts";
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

/** The adapter in memory, from a run or from a stored artifact. */
interface Tuned {
  adapter: LoraAdapter;
  prompts: Prompts;
  run: { request: TrainRequest; result: RunResult } | null;
  /** Tells this adapter's embeddings from others'. */
  identity: string;
}

const TOKENS_PER_TEXT = 512;

/** The engine behind the worker's door: one device, one base, one adapter, one run at a time. */
export class Service implements EngineService {
  private device: Promise<DeviceSession> | null = null;
  private base: LoadedBase | null = null;
  private tuned: Tuned | null = null;
  private running: { runId: string; control: RunControl; steps: () => number } | null = null;
  private final: Checkpoint | null = null;
  private readonly evaluating = new Set<AbortController>();

  constructor(private readonly ports: ServicePorts) {}

  async probe() {
    return (await this.open()).device;
  }

  async loadBase(ref: BaseRef, onProgress: (done: number, total: number) => void): Promise<BaseInfo> {
    this.refuseWhileRunning();
    const files = await this.ports.openFiles(ref, onProgress);
    const session = await this.open();
    this.forgetTuned();
    this.base?.dispose();
    this.base = null;
    const base = await loadBase(session, files, { onProgress });
    this.base = base;
    const { config, prompts, parameters } = base;
    return {
      id: files.id,
      revision: files.revision,
      sha256: base.model.weights.sha256,
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
    const base = this.loaded();
    const folder = memoryFolder(artifact);
    const manifest = parseManifest(await folder.read(MANIFEST_PATH));
    if (manifest.base.sha256 !== base.model.weights.sha256)
      throw new StudioError(
        "adapter-mismatch",
        `This artifact was tuned from ${manifest.base.id}, and another base is loaded.`,
        `Load ${manifest.base.id} at revision ${manifest.base.revision}.`,
      );
    const adapter = LoraAdapter.from(base.session.kernels, base.config, await readAdapter(folder, base.config));
    this.forgetTuned();
    this.tuned = { adapter, prompts: manifest.prompt, run: null, identity: await identityOf(adapter) };
  }

  async tokenLengths(texts: string[], kind: "query" | "document", instruction: string | null): Promise<Int32Array> {
    const { tokenizer, prompts } = this.loaded();
    const prompt = promptsFor(prompts, instruction)[kind];
    const lengths = new Int32Array(texts.length);
    for (const [index, text] of texts.entries()) {
      lengths[index] = tokenizer.count(prompt, text);
      await breathe();
    }
    return lengths;
  }

  async selfTest() {
    return selfTest(await this.open(), this.base);
  }

  async train(request: TrainRequest, onEvent: Parameters<EngineService["train"]>[1]) {
    this.refuseWhileRunning();
    const base = this.loaded();
    this.forgetTuned();
    let steps = request.resumeFrom?.step ?? 0;
    const control = new RunControl();
    this.running = { runId: request.runId, control, steps: () => steps };
    try {
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
      this.tuned = { adapter, prompts, run: { request, result }, identity: await identityOf(adapter) };
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
    const base = this.loaded();
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
  ) {
    this.refuseWhileRunning();
    const base = this.loaded();
    const { adapter, identity } = this.model(which, strength);
    const controller = new AbortController();
    this.evaluating.add(controller);
    try {
      return await evaluateModel(base, adapter, task, {
        label: which,
        prompts: promptsFor(base.prompts, instruction),
        maxTokens,
        dim,
        onProgress,
        signal: controller.signal,
        cached: { cache: this.ports.cache, identity },
      });
    } finally {
      this.evaluating.delete(controller);
    }
  }

  async cancelEvaluate(): Promise<void> {
    this.evaluating.forEach((controller) => controller.abort());
  }

  async rank(request: RankRequest) {
    return rankOnDevice(await this.open(), request);
  }

  async exportArtifact({ runId, name, dataset, baseline, tuned }: Parameters<EngineService["exportArtifact"]>[0]) {
    const base = this.loaded();
    const { adapter, prompts, run } = this.adapter();
    if (run?.request.runId !== runId) throw noAdapter();
    const { request, result } = run;
    return exportArtifact(base, adapter, {
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
  }

  async embed(
    texts: string[],
    kind: "query" | "document",
    which: "baseline" | "tuned",
    strength = 1,
    reading?: Reading,
  ) {
    const base = this.loaded();
    const prompts = reading ? promptsFor(base.prompts, reading.instruction) : (this.tuned?.prompts ?? base.prompts);
    const options = { kind, prompts, maxTokens: reading?.maxTokens ?? TOKENS_PER_TEXT };
    const { data, dim } = await embedCached(base, this.model(which, strength), texts, this.ports.cache, options);
    return { data, dim };
  }

  /** The model as it is embedded with, and what tells its embeddings from others'; no strength at all is the base. */
  private model(which: "baseline" | "tuned", strength: number): FixedModel {
    if (which === "baseline") return { adapter: null, identity: null };
    const { adapter, identity } = this.adapter();
    return strength === 0
      ? { adapter: null, identity: null }
      : { adapter: adapter.atStrength(strength), identity: `${identity}@${strength}` };
  }

  /** One device for all; a lost or failed one takes everything on it along, and the next call starts anew. */
  private async open(): Promise<DeviceSession> {
    this.device ??= this.started();
    const session = await this.device;
    if (session.failure() === null) return session;
    session.close();
    this.forgetDevice();
    return this.open();
  }

  private started(): Promise<DeviceSession> {
    const opened = this.ports.openDevice();
    opened.then(
      ({ lost }) => lost.then(() => this.device === opened && this.forgetDevice()),
      () => (this.device = null),
    );
    return opened;
  }

  private forgetDevice(): void {
    this.device = null;
    this.base = null;
    this.tuned = null;
  }

  private loaded(): LoadedBase {
    if (!this.base) throw new StudioError("base-missing", "No base model is loaded.", "Choose a base model first.");
    return this.base;
  }

  private adapter(): Tuned {
    if (!this.tuned) throw noAdapter();
    return this.tuned;
  }

  private forgetTuned(): void {
    this.tuned?.adapter.dispose();
    this.tuned = null;
    this.final = null;
  }

  private refuseWhileRunning(): void {
    if (this.running) throw new StudioError("engine-busy", "A run is under way.", "Wait until it ends, or stop it.");
  }
}

/** Hash of the values of A and B and of how strongly they act. */
const identityOf = async (adapter: LoraAdapter): Promise<string> => {
  const { tensors, scaling } = await adapter.read();
  const parts = [...tensors].map(
    ([name, { buffer, byteOffset, byteLength }]) =>
      `${name} ${sha256Hex(new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength))}`,
  );
  return sha256List([`${scaling}`, ...parts.sort()]);
};

const noAdapter = (): StudioError =>
  new StudioError(
    "adapter-missing",
    "The tuned model of this run is not in memory.",
    "Train again, or load the run's artifact.",
  );
