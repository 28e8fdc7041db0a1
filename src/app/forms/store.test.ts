import { expect, test, vi } from "vitest";
import type { VersionExport } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import type { EngineStore } from "../device/store.ts";
import { aRun, evaluation, someContents } from "../testing/runs.ts";
import { measuresUnasked, whyNoRecall, whyNoScript } from "./availability.ts";
import { createFormsStore, type FormsPorts } from "./store.ts";

const version = "v1-0a1b2c3d";
const one = (state: VersionExport["state"]): VersionExport => ({
  id: "merged-bf16",
  version,
  form: "merged",
  dtype: "bf16",
  state,
  progress: { done: 3, total: 9 },
  cosine: state === "ready" ? 0.9999 : null,
  createdAt: "2026-11-22T10:00:00Z",
  repo: "recall-studio/x-tuned-merged",
  commit: null,
  bytes: 9,
  files: [{ path: "model.safetensors", bytes: 9, sha256: "0".repeat(64) }],
  problem: null,
});
const engine = { getState: () => ({ base: null, loaded: null }) } as unknown as EngineStore;
const file = new File(["zip"], "zip");
const { port1: parcel } = new MessageChannel();
const ports = (other: Partial<FormsPorts> = {}): FormsPorts => ({
  forms: {
    make: async () => ({ cosine: 1, recall: null, bytes: 3, file }),
    script: async () => ({ cosine: null, recall: null, bytes: 3, file }),
    fetch: async () => ({ cosine: null, recall: null, bytes: 3, file }),
    close: () => undefined,
  },
  client: { start: async () => one("queued"), one: async () => one("ready"), remove: async () => undefined },
  artifacts: { load: async () => [{ path: "manifest.json", bytes: new Uint8Array(1) }] },
  data: {
    storedRun: async () => null,
    task: async () => ({ queries: 1, documents: 1, task: parcel }),
    runTexts: async () => parcel,
  },
  results: { load: async () => null },
  downloads: { file: vi.fn() },
  pick: async () => null,
  wait: async () => undefined,
  onUnauthorized: vi.fn(),
  ...other,
});

test("a version's form is made by the server, then saved under its own name", async () => {
  const given = ports();
  const store = createFormsStore(given, engine);
  const seen: unknown[] = [];
  store.subscribe(({ job }) => job?.step && seen.push(job.step));
  await store.getState().ofVersion(version, "merged", "bf16");
  expect(seen).toContainEqual({ phase: "server", done: 3, total: 9 });
  expect(store.getState().job).toMatchObject({ of: version, saved: { bytes: 3, cosine: 0.9999 }, problem: null });
  expect(given.downloads.file).toHaveBeenCalledWith(`${version}-merged-bf16.zip`, file);
});

test("a run's form goes with the run's test where it is measured; its script with the texts", async () => {
  const tuned = evaluation("tuned", 0.5);
  const run = aRun({ name: "My run" });
  const make = vi.fn(ports().forms.make);
  const script = vi.fn(ports().forms.script);
  const base = { source: "bundled", name: "b" } as const;
  const given = ports({
    forms: { ...ports().forms, make, script },
    data: { ...ports().data, storedRun: async () => ({ base, dev: null }) },
    results: { load: async () => someContents({ tuned }) },
  });
  const { getState } = createFormsStore(given, engine);
  await getState().ofRun(run, "gguf", "q8", true);
  await getState().ofRun(run, "gguf", "q8", false);
  expect(make.mock.calls.map(([request, test]) => [request.tuned, test])).toEqual([
    [tuned, parcel],
    [null, null],
  ]);
  await getState().script(run);
  expect(script.mock.calls[0]?.slice(0, 2)).toMatchObject([{ folder: "my-run-script" }, parcel]);
  expect(getState().job).toMatchObject({ form: "script", name: "my-run-script.zip", saved: { bytes: 3 } });
  expect([await getState().hasTexts("r"), await createFormsStore(ports(), engine).getState().hasTexts("r")]).toEqual([
    true,
    false,
  ]);
});

test("says why a run cannot be measured or told as a script here", () => {
  const gone = { missing: "The texts are gone" };
  const run = aRun({ tuned: evaluation("tuned", 0.5), test: { queries: 3, documents: 4 } });
  expect([whyNoScript(run, "here"), whyNoRecall(run, "here")]).toEqual([null, null]);
  expect(whyNoScript(run, gone)).toContain("The texts are gone; npm run export");
  expect(whyNoRecall(run, gone)).toBe("The texts are gone");
  expect(whyNoScript(null, "here")).toContain("Its run is not in this browser");
  expect(whyNoScript({ ...run, scaledFrom: { runId: "r", strength: 0.5 } }, "here")).toContain("share of its strength");
  const taught = { ...run.hyperparameters, distillation: { weight: 1, temperature: 1 } };
  expect(whyNoScript({ ...run, hyperparameters: taught }, "here")).toContain("a teacher's scores");
  expect(whyNoRecall({ ...run, tuned: null }, "here")).toContain("no test scores");
  expect(measuresUnasked(run)).toBe(true);
  expect(measuresUnasked({ tuned: { ...evaluation("tuned", 0.5), seconds: 121 } })).toBe(false);
});

test("cancelled while the server works, the server stops too, and nothing is saved", async () => {
  const removed: string[][] = [];
  const given = ports({
    client: { ...ports().client, remove: async (...what) => void removed.push(what) },
    wait: (_seconds, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error))),
  });
  const store = createFormsStore(given, engine);
  const work = store.getState().ofVersion(version, "merged", "bf16");
  await vi.waitFor(() => expect(store.getState().job?.step).toBeTruthy());
  store.getState().cancel();
  await work;
  expect(removed).toEqual([[version, "merged-bf16"]]);
  expect([store.getState().job, vi.mocked(given.downloads.file).mock.calls]).toEqual([null, []]);
});

test("says what is missing: a place to save, the run's base, the server's token", async () => {
  const changedMind = createFormsStore(ports({ pick: async () => "cancelled" }), engine);
  await changedMind.getState().ofVersion(version, "merged", "bf16");
  expect(changedMind.getState().job).toBeNull();

  const baseless = createFormsStore(ports(), engine);
  await baseless.getState().ofRun(aRun(), "gguf", "q8", false);
  expect(baseless.getState().job?.problem).toMatchObject({ code: "base-not-loaded" });

  const refused = new StudioError("unauthorized", "This request needs the server's token.", "Enter it.");
  const given = ports({ client: { ...ports().client, start: () => Promise.reject(refused) } });
  await createFormsStore(given, engine).getState().ofVersion(version, "merged", "bf16");
  expect(given.onUnauthorized).toHaveBeenCalledOnce();
});
