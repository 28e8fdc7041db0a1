import { entry } from "../../domain/present.ts";
import { describe, expect, it } from "vitest";
import type { Experiment } from "../../domain/telemetry/experiment.ts";
import { recordingTracer } from "../../testing/tracer.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { RunEvent } from "../../domain/training/types.ts";
import type { EngineService } from "./ports.ts";
import { createRunsStore } from "./store.ts";
import { sampleRun } from "../testing/stores.ts";
import { liveRun } from "./reducer.ts";
import type { TrainingTurn, TurnNews } from "./turn.ts";
import { createLiveRunStore, type LiveRunPorts } from "./liveStore.ts";
import { emptySeries } from "../../domain/run/series.ts";
import { aRun, evaluation, memoryContents, someContents, stepReport } from "../testing/runs.ts";

type TrainRequest = Parameters<EngineService["train"]>[0];

const setup = async (
  stored: RunRecord[],
  checkpointStep: number | null,
  beside: Parameters<typeof memoryContents>[0] = { run: { contents: someContents(), series: emptySeries() } },
) => {
  const { storage, appended, store: contents } = memoryContents(beside);
  const disk = new Map(stored.map((run) => [run.id, run]));
  const runs = createRunsStore({
    list: async () => [...disk.values()],
    put: async (run) => void disk.set(run.id, run),
    remove: async (id) => void disk.delete(id),
  });
  await runs.getState().load();
  const requests: TrainRequest[] = [];
  const nothing = async () => undefined;
  const checkpoint = { runId: "run", step: checkpointStep ?? 0, tensors: new Uint8Array(1) };
  const base = {
    id: "tiny",
    revision: "r",
    sha256: "0",
    dim: 8,
    prompts: { query: "", document: "" },
    device: { backend: "cpu", adapter: "none" },
  };
  const turn = { taken: false, told: [] as TurnNews[], onNews: (_: TurnNews | null): void => undefined };
  const sent: { experiment: Experiment; traceparent: string }[] = [];
  const ports = {
    engine: {
      train: async (request: TrainRequest, _texts: unknown, onEvent: (event: RunEvent) => void) => {
        requests.push(request);
        for (const step of [3, 4]) onEvent({ type: "step", report: stepReport(step) });
        return {
          runId: "run",
          finished: true,
          stepsDone: 4,
          baseline: evaluation("baseline", 0.5),
          tuned: evaluation("tuned", 0.7),
          bestStep: 4,
          seconds: 1,
          selfTest: { passed: true, seconds: 0, checks: [] },
          checkpoint,
        };
      },
      checkpoint: async () => checkpoint,
      exportArtifact: async () => [{ path: "manifest.json", bytes: new TextEncoder().encode('{"fingerprint":"f"}') }],
      pause: nothing,
      resume: nothing,
      stop: nothing,
    },
    loadBase: async () => base,
    turn: {
      take: async () => (turn.taken ? null : ((turn.taken = true), () => void (turn.taken = false))),
      taken: async () => turn.taken,
      tell: (news) => void turn.told.push(news),
      hear: (onNews) => void (turn.onNews = onNews),
    } satisfies TrainingTurn,
    data: {
      storedRun: async () => ({ base: { source: "bundled", name: "tiny" }, dev: null }),
      runTexts: nothing,
      bm25: async () => evaluation("bm25", 0.4),
      compare: async () => [],
      prepareRun: () => expect.unreachable(),
    },
    files: { remove: nothing },
    checkpoints: {
      load: async () => (checkpointStep === null ? null : checkpoint),
      newestStep: async () => checkpointStep,
      save: nothing,
      remove: nothing,
    },
    artifacts: { save: nothing, load: async () => [], remove: nothing },
    wakeLock: { acquire: async () => nothing },
    now: () => 0,
    forgetBase: () => undefined,
    tracer: recordingTracer(),
    experiments: {
      send: async (experiment: Experiment, traceparent: string) => {
        sent.push({ experiment, traceparent });
        return { connected: true, traceId: "t", url: "https://langfuse.example/trace/t" };
      },
    },
    downloads: { folder: nothing, text: () => undefined },
    newId: () => "new",
    timestamp: () => "2026-01-02T00:00:00Z",
  } as unknown as LiveRunPorts;
  const live = createLiveRunStore(runs, contents, ports);
  const idle = () =>
    new Promise<void>((resolve) => {
      if (!live.getState().live) return resolve();
      const stop = live.subscribe((state) => {
        if (state.live) return;
        stop();
        resolve();
      });
    });
  return { runs, live, requests, disk, idle, sent, storage, appended, turn };
};

describe("a run after a reload", () => {
  it("is interrupted, and resumes from its checkpoint without the steps that came after", async () => {
    const steps = [1, 2, 3].map((step) => stepReport(step, 9));
    const before = aRun({ lastStep: steps.at(-1) });
    const { runs, live, requests, disk, idle, storage, appended } = await setup([before], 2, {
      run: { contents: someContents(), series: { steps, dev: [] } },
    });
    expect(runs.getState().runs[0]?.status).toBe("interrupted");
    await live.getState().resumeRun("run");
    await idle();
    expect(requests[0]?.resumeFrom?.step).toBe(2);
    expect(disk.get("run")).toMatchObject({ status: "finished", artifact: { fingerprint: "f" } });
    expect(disk.get("run")?.lastStep?.step).toBe(4);
    expect(appended.flatMap((piece) => piece.steps.map(({ step }) => step))).toEqual([3, 4]);
    expect((await storage.load("run"))?.tuned?.metrics["recall@10"]).toBe(0.7);
    expect((await storage.series("run")).steps.map(({ step, loss }) => [step, loss])).toEqual([
      [1, 9],
      [2, 9],
      [3, 1],
      [4, 1],
    ]);
  });

  it("reports its evaluation once it has ended, in its own trace, and keeps where it stands", async () => {
    const sample = sampleRun({ id: "run" });
    const { live, sent, disk } = await setup([sample], null, {
      run: { contents: sample, series: emptySeries() },
    });
    const before = entry(disk, "run");
    const trace = {
      traceparent: "00-t",
      promptHash: "a".repeat(64),
      evaluated: { startedAt: 1, endedAt: 2 },
      url: null,
    };
    expect(await live.getState().report("run")).toBe(false); // From before tracing: nothing to send.
    before.trace = trace;
    expect(await live.getState().report("run")).toBe(true);
    expect(sent).toMatchObject([{ traceparent: "00-t", experiment: { runId: "run", verdict: expect.any(String) } }]);
    expect(disk.get("run")?.trace).toEqual({ ...trace, url: "https://langfuse.example/trace/t" });
  });

  it("starts over when nothing was saved, with changed settings when asked", async () => {
    const { live, requests, idle } = await setup([aRun({ status: "failed" })], null);
    await live.getState().resumeRun("run", { chunkSize: 8 });
    await idle();
    expect(requests[0]).toMatchObject({ resumeFrom: null, hyperparameters: { chunkSize: 8 } });
  });

  it("refuses a second run meanwhile", async () => {
    const { live, idle } = await setup([aRun({ status: "failed" })], null);
    await live.getState().resumeRun("run");
    await expect(live.getState().resumeRun("run")).rejects.toMatchObject({ code: "run-under-way" });
    await idle();
  });

  it("waits for the turn of another tab, gives its own back, and shows what the other tells", async () => {
    const { live, runs, disk, idle, turn } = await setup([aRun({ status: "failed" })], null);
    turn.taken = true;
    await expect(live.getState().resumeRun("run")).rejects.toMatchObject({ code: "training-elsewhere" });
    const told = { ...liveRun(aRun(), null), step: stepReport(3) };
    turn.onNews({ run: aRun({ lastStep: stepReport(3) }), live: told });
    expect(live.getState().elsewhere?.step?.step).toBe(3);
    expect(runs.getState().runs[0]).toMatchObject({ status: "running", lastStep: { step: 3 } });
    disk.set("run", aRun({ status: "finished" }));
    turn.onNews(null);
    expect(live.getState().elsewhere).toBeNull();
    await expect.poll(() => runs.getState().runs[0]?.status).toBe("finished");

    turn.taken = false;
    await live.getState().resumeRun("run");
    expect(turn.taken).toBe(true);
    await idle();
    await expect.poll(() => turn.taken).toBe(false);
    expect(turn.told.map(({ live: { runId } }) => runId)).toContain("run");
  });
});
