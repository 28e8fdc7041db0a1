import { StudioError } from "../../../domain/errors.ts";
import type { RetrievalTask } from "../../../domain/evaluation/types.ts";
import { unpackRunTexts, type PackedRunTexts } from "../../../domain/run/texts.ts";
import { promptsFor } from "../../../domain/text/prompts.ts";
import type { RunEvent, SelfTestReport } from "../../../domain/training/types.ts";
import {
  assertSelfTest,
  dryRun,
  ENGINE_VERSION,
  embedCached,
  embedTask,
  evaluateModel,
  measureRetention,
  nearestDocuments,
  RunControl,
  runTraining,
  selfTest,
  weighBytes,
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
  ExportRequest,
  ExportStrengthRequest,
  Reading,
  TrainOutcome,
  TrainRequest,
} from "../protocol.ts";
import { type Parcel, handOver, seal, unseal } from "../../rpc.ts";
import { dataOf, exportRun, rehearseRun } from "./exportRun.ts";
import { exportStrength } from "./exportStrength.ts";
import { LoadedModels, noAdapter } from "./loadedModels.ts";
import { Measurements } from "./measurements.ts";
import type { ServicePorts } from "./ports.ts";

const TOKENS_PER_TEXT = 512;

/** The engine behind the worker's door: one device, one base, one adapter, one run at a time. */
export class Service implements EngineService {
  private readonly held: LoadedModels;
  private running: { runId: string; control: RunControl } | null = null;
  /** The dry run under way, which gives way to anything else. */
  private rehearsal: { control: RunControl; ended: Promise<unknown> } | null = null;
  private final: Checkpoint | null = null;
  private readonly measuring = new Measurements();

  constructor(private readonly ports: ServicePorts) {
    this.held = new LoadedModels(() => ports.openDevice());
  }

  async probe() {
    return (await this.held.session()).device;
  }

  async loadBase(ref: BaseRef, onProgress: (done: number, total: number) => void): Promise<BaseInfo> {
    await this.free();
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
    await this.free();
    await this.held.readArtifact(artifact);
    this.final = null;
  }

  async selfTest() {
    return selfTest(await this.held.session(), this.held.baseOrNull);
  }

  async train(
    request: TrainRequest,
    parcel: Parcel<PackedRunTexts>,
    onEvent: (event: RunEvent) => void,
  ): Promise<TrainOutcome> {
    await this.free();
    this.refuseWhileRunning(); // another run may have begun in the meantime
    const { base } = this.held;
    this.held.forgetTuned();
    this.final = null;
    const control = new RunControl(request.resumeFrom?.step);
    this.running = { runId: request.runId, control };
    try {
      const texts = unpackRunTexts(await unseal(parcel));
      const data = dataOf(texts);
      await rehearseRun(base, request, data, this.ports.commit);
      const result = await runTraining(
        base,
        {
          ...request,
          ...texts,
          resumeFrom: request.resumeFrom?.tensors ?? null,
          cache: this.ports.cache,
          testDevice: () => this.tested(base),
        },
        control,
        onEvent,
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
      await this.held.keep({ adapter, prompts, run: { request, result, data } });
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

  async dryRun(request: DryRunRequest, parcel: Parcel<PackedRunTexts>) {
    this.refuseWhileRunning();
    const { base } = this.held;
    const before = this.rehearsal;
    before?.control.stop();
    const control = new RunControl();
    const work = async () => {
      await before?.ended;
      await this.measuring.ended();
      assertSelfTest(await this.tested(base));
      const { examples, test } = unpackRunTexts(await unseal(parcel));
      return dryRun(base, { ...request, examples, documents: test.corpus }, control);
    };
    const ended = work();
    const rehearsal = { control, ended: ended.catch(() => undefined) };
    this.rehearsal = rehearsal;
    try {
      return await ended;
    } finally {
      if (this.rehearsal === rehearsal) this.rehearsal = null;
    }
  }

  async pause() {
    this.running?.control.pause();
  }

  async resume() {
    this.running?.control.resume();
  }

  async stop() {
    this.rehearsal?.control.stop();
    this.running?.control.stop();
  }

  async checkpoint(): Promise<Checkpoint | null> {
    const { running } = this;
    if (!running) return this.final;
    const { runId, control } = running;
    if (control.stepsDone === 0) return null;
    const tensors = await control.checkpoint();
    return { runId, step: control.stepsDone, tensors };
  }

  async evaluate(
    { which, instruction, maxTokens, strength = 1, dim }: EvaluateRequest,
    task: Parcel<RetrievalTask>,
    onProgress: (done: number, total: number) => void,
    signal?: AbortSignal,
  ) {
    await this.free({ measuring: "stays" });
    const { base } = this.held;
    const { adapter, identity } = this.held.model(which, strength);
    return evaluateModel(base, adapter, await unseal(task), {
      label: which,
      prompts: promptsFor(base.prompts, instruction),
      maxTokens,
      dim,
      onProgress,
      signal,
      cached: { cache: this.ports.cache, identity },
    });
  }

  async weighBytes(...[{ instruction, maxTokens }, task, onProgress, signal]: Parameters<EngineService["weighBytes"]>) {
    await this.free({ measuring: "stays" });
    const { base } = this.held;
    const { adapter, identity } = this.held.model("tuned", 1);
    const asked = await unseal(task);
    const embedded = await embedTask(base, adapter, asked, {
      prompts: promptsFor(base.prompts, instruction),
      maxTokens,
      onProgress,
      signal,
      cached: { cache: this.ports.cache, identity },
    });
    return weighBytes(base.session, embedded, asked, { signal });
  }

  async retention(...[{ instruction, strength = 1 }, set, onProgress, signal]: Parameters<EngineService["retention"]>) {
    return this.measuring.run(signal, async (either) => {
      await this.free({ measuring: "stays" });
      either.throwIfAborted();
      const { base } = this.held;
      const prompts = promptsFor(base.prompts, instruction);
      const options = { prompts, cache: this.ports.cache, onProgress, signal: either };
      return measureRetention(base, this.held.model("tuned", strength), set, options);
    });
  }

  async nearest(...[{ instruction, maxTokens, k }, texts, onProgress, signal]: Parameters<EngineService["nearest"]>) {
    await this.free({ measuring: "stays" });
    const { base } = this.held;
    const prompts = promptsFor(base.prompts, instruction);
    const { cache } = this.ports;
    const options = { prompts, maxTokens, k, cache, onProgress, signal };
    return seal(await nearestDocuments(base, await unseal(texts), options));
  }

  async exportArtifact(asked: ExportRequest) {
    const { base, tuned } = this.held;
    if (tuned.run?.request.runId !== asked.runId) throw noAdapter();
    return handOver(await exportRun(base, tuned, asked, this.ports.commit));
  }

  async exportStrength(asked: ExportStrengthRequest) {
    return handOver(await exportStrength(this.held.base, asked, this.ports.commit));
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

  /** Waits until the engine is free: a dry run and what measures the general set are given up, a run is not. */
  private async free({ measuring = "goes" }: { measuring?: "goes" | "stays" } = {}): Promise<void> {
    this.refuseWhileRunning();
    if (measuring === "goes") await this.measuring.giveUp();
    while (this.rehearsal) {
      this.rehearsal.control.stop();
      await this.rehearsal.ended;
    }
    this.refuseWhileRunning();
  }

  private refuseWhileRunning(): void {
    if (this.running) throw new StudioError("engine-busy", "A run is under way.", "Wait until it ends, or stop it.");
  }

  /** The self-test of this device with a base; one that was passed before with the same engine is not repeated. */
  private async tested(base: LoadedBase): Promise<SelfTestReport> {
    const { device } = await this.held.session();
    const key = JSON.stringify([ENGINE_VERSION, device, base.model.weights.sha256]);
    const known = await this.ports.selfTests.read(key);
    if (known) return known;
    const report = await selfTest(base.session, base);
    if (report.passed) await this.ports.selfTests.write(key, report);
    return report;
  }
}
