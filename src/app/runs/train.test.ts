import { describe, expect, it } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import { recordingTracer } from "../../testing/tracer.ts";
import type { RunRecord } from "../../domain/run/types.ts";
import type { RunEvent } from "../../domain/training/types.ts";
import { aRun, evaluation, stepReport } from "../testing/runs.ts";
import type { Checkpoint, EngineService, TrainOutcome, TrainRequest } from "../../worker/engine/protocol.ts";
import { seal } from "../../worker/rpc.ts";
import type { TrainingEvent } from "./events.ts";
import { traced } from "./trace.ts";
import { train, type TrainPorts } from "./train.ts";

const base = { source: "bundled", name: "tiny" } as const;
const manifest = new TextEncoder().encode(JSON.stringify({ fingerprint: "abc" }));

/** An engine that plays a script: events, then an outcome or a failure. Time advances by ten seconds an event. */
const scripted = (script: RunEvent[], end: "finish" | "stop" | StudioError) => {
  const saved: Checkpoint[] = [];
  const requests: TrainRequest[] = [];
  const parcels: unknown[] = [];
  const asked: unknown[] = [];
  const sealed = seal(new Uint8Array(1));
  let clock = 0;
  let step = 0;
  let released = 0;
  const checkpoint = (): Checkpoint => ({ runId: "run", step, tensors: new Uint8Array([step]) });
  const engine: Pick<EngineService, "train" | "checkpoint" | "exportArtifact"> = {
    async train(request, parcel, onEvent) {
      requests.push(request);
      parcels.push(parcel);
      for (const event of script) {
        clock += 10_000;
        if (event.type === "step") step = event.report.step;
        onEvent(event);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      if (end instanceof StudioError) throw end;
      return {
        runId: "run",
        finished: end === "finish",
        stepsDone: step,
        baseline: evaluation("baseline", 0.5),
        tuned: evaluation("tuned", 0.6),
        bestStep: step,
        seconds: 1,
        selfTest: { passed: true, seconds: 0, checks: [] },
        checkpoint: checkpoint(),
      } satisfies TrainOutcome;
    },
    checkpoint: async () => checkpoint(),
    exportArtifact: async () => [{ path: "manifest.json", bytes: manifest }],
  };
  const unused = async () => undefined;
  const ports: TrainPorts = {
    engine,
    loadBase: async () => ({
      id: "tiny",
      revision: "bundled",
      sha256: "0",
      parameters: 1,
      dim: 8,
      layers: 1,
      maxTokens: 64,
      prompts: { query: "", document: "" },
      device: {
        backend: "cpu",
        adapter: "none",
        features: { shaderF16: false, subgroups: false, timestampQuery: false },
        maxBufferBytes: 0,
        maxBindingBytes: 0,
        slow: true,
      },
    }),
    checkpoints: {
      save: async (one) => void saved.push(one),
      load: async () => null,
      newestStep: async () => null,
      remove: unused,
    },
    artifacts: { save: unused, load: async () => [], remove: unused },
    wakeLock: { acquire: async () => async () => void released++ },
    data: {
      runTexts: async (of) => {
        asked.push(of);
        return sealed;
      },
      bm25: async (of) => {
        asked.push(of);
        return evaluation("bm25", 0.4);
      },
      compare: async () => [],
    },
    now: () => clock,
  };
  return { ports, saved, requests, parcels, asked, sealed, released: () => released };
};

const all = async (
  run: RunRecord,
  resumeFrom: Checkpoint | null,
  ports: TrainPorts,
  onEvent: (event: TrainingEvent) => void = () => undefined,
): Promise<TrainingEvent[]> => {
  const seen: TrainingEvent[] = [];
  await traced(train, recordingTracer())(run, base, resumeFrom, ports, (event) => {
    seen.push(event);
    onEvent(event);
  });
  return seen;
};
const steps = [1, 2, 3, 4].map((number) => ({ type: "step" as const, report: stepReport(number) }));

describe("train", () => {
  it("goes from base to artifact and keeps the screen awake only meanwhile", async () => {
    const { ports, saved, released } = scripted(steps, "finish");
    const seen = await all(aRun(), null, ports);
    expect(seen.map(({ type }) => type).filter((type) => !["step", "checkpoint", "traced"].includes(type))).toEqual([
      "base",
      "bm25",
      "scored",
      "judged",
      "stage",
      "exported",
      "ended",
    ]);
    expect(seen.at(-1)).toEqual({ type: "ended", status: "finished" });
    expect(seen.find(({ type }) => type === "exported")).toMatchObject({ artifact: { fingerprint: "abc", files: 1 } });
    expect(saved.at(-1)?.step).toBe(4);
    expect(released()).toBe(1);
  });

  it("saves checkpoints while steps come, and at a pause", async () => {
    const { ports, saved } = scripted(
      [...steps.slice(0, 1), { type: "paused" }, { type: "resumed" }, ...steps.slice(1)],
      "stop",
    );
    const seen = await all(aRun(), null, ports);
    expect(saved[0]?.step).toBe(1);
    expect(saved.length).toBeGreaterThan(2);
    expect(seen.at(-1)).toEqual({ type: "ended", status: "stopped" });
  });

  it("ends with the failure and what was saved before it", async () => {
    const lost = new StudioError("device-lost", "The GPU went away.", "Resume.");
    const { ports, saved, released } = scripted(steps, lost);
    const seen = await all(aRun(), null, ports);
    expect(seen.at(-1)).toEqual({
      type: "failed",
      problem: { code: "device-lost", message: "The GPU went away.", hint: "Resume." },
    });
    expect(saved.length).toBeGreaterThan(0);
    expect(released()).toBe(1);
  });

  it("says once that the page is in the background, and saves the state each time", async () => {
    const { ports, saved } = scripted(steps, "finish");
    let hide: () => void = () => undefined;
    ports.wakeLock = {
      acquire: async (onHidden) => {
        hide = onHidden;
        return async () => undefined;
      },
    };
    ports.now = () => 0; // no checkpoint for the time passed
    const seen = await all(aRun(), null, ports, (event) => {
      if (event.type === "step") hide();
    });
    expect(seen.filter(({ type }) => type === "warning")).toEqual([
      expect.objectContaining({ code: "tab-hidden", hint: expect.stringContaining("saved") as string }),
    ]);
    expect(saved.map(({ step }) => step)).toContain(1);
    expect(seen.at(-1)?.type).toBe("ended");
  });

  it("warns when a checkpoint cannot be stored, and trains on", async () => {
    const { ports } = scripted(steps, "finish");
    let attempts = 0;
    ports.checkpoints.save = async () => {
      if (attempts++ === 0) throw new StudioError("storage-full", "Full.", "Make room.");
    };
    const seen = await all(aRun(), null, ports);
    expect(seen.find(({ type }) => type === "warning")).toMatchObject({ code: "storage-full" });
    expect(seen.at(-1)?.type).toBe("ended");
  });

  it("hands the run's sealed texts on to the engine, and has the test scored where its texts are", async () => {
    const { ports, parcels, asked, sealed } = scripted(steps, "finish");
    await all(aRun(), null, ports);
    expect(parcels).toEqual([sealed]);
    expect(asked).toEqual([{ run: "run" }, { run: "run", side: "test" }]);
    sealed.close();
  });

  it("hands checkpoint and instruction to the engine; an empty instruction keeps the base's own", async () => {
    const { ports, requests } = scripted(steps, "finish");
    const checkpoint: Checkpoint = { runId: "run", step: 2, tensors: new Uint8Array(1) };
    await all(aRun({ instruction: "Find help" }), checkpoint, ports);
    await all(aRun(), null, ports);
    expect(requests.map(({ instruction, resumeFrom }) => [instruction, resumeFrom?.step])).toEqual([
      ["Find help", 2],
      [null, undefined],
    ]);
  });
});
