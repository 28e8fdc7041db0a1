import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { DryRun } from "../../domain/training/types.ts";
import type { EngineStore } from "../device/store.ts";
import type { LiveRunStore } from "./liveStore.ts";
import type { EngineService } from "./ports.ts";
import { createSampleForecastStore } from "./sampleForecast.ts";

const texts = new Uint8Array(
  readFileSync(new URL("../../../public/samples/finished/texts.safetensors", import.meta.url)),
);
const measured: DryRun = {
  plan: { steps: 116, pairs: 3592, devScorings: 9 },
  steps: 3,
  secondsPerStep: 0.1,
  pairsPerSecond: 359.2,
  textsPerSecond: 1000,
  bytes: 0,
};

const setUp = (slow: boolean, dryRun: EngineService["dryRun"] = async () => measured) => {
  const done: string[] = [];
  const engineStore = { getState: () => ({ device: { slow }, requireBase: async () => void done.push("base") }) };
  const live = { getState: () => ({ live: null }) };
  const engine = { dryRun, stop: async () => void done.push("stop") };
  const source = { file: async (path: string) => (done.push(path), texts.slice()) };
  const store = createSampleForecastStore(
    { source, engine },
    engineStore as unknown as EngineStore,
    live as unknown as LiveRunStore,
  );
  return { store, done };
};

test("without a hardware GPU the planner's numbers tell it, and nothing is computed", async () => {
  const { store, done } = setUp(true, async () => expect.unreachable());
  await store.getState().find();
  expect(store.getState().seconds).toBeGreaterThan(90);
  expect(store.getState().seconds).toBeLessThan(180);
  await store.getState().find();
  expect(done).toEqual(["texts.safetensors"]);
});

test("on a hardware GPU a few steps are measured; the time counts training and every scoring", async () => {
  const { store, done } = setUp(false);
  await store.getState().find();
  expect(store.getState().seconds).toBeCloseTo(10 + (2 * (256 + 398) + 9 * (128 + 398)) / 1000, 6);
  expect(done).toEqual(["texts.safetensors", "base"]);
});

test("what cannot be measured stays unknown, and is tried again; leaving stops it", async () => {
  let times = 0;
  const { store, done } = setUp(false, async () => {
    store.getState().stop();
    times += 1;
    throw new Error("lost");
  });
  await store.getState().find();
  await store.getState().find();
  expect([store.getState().seconds, times]).toEqual([null, 2]);
  expect(done.filter((what) => what === "stop")).toHaveLength(2);
});
