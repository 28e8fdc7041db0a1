import { afterEach, expect, it, vi } from "vitest";
import { HealthChecks } from "./health.ts";

afterEach(() => vi.useRealTimers());

it("answers although a check does not, and takes the worst of them", async () => {
  vi.useFakeTimers();
  const health = new HealthChecks();
  health.register("fine", () => ({ status: "ok", message: "Fine." }));
  health.register("stuck", () => new Promise(() => {}));
  const running = health.run();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await running).toEqual({
    status: "degraded",
    checks: {
      fine: { status: "ok", message: "Fine." },
      stuck: { status: "degraded", message: "Busy: no answer within 2 s." },
    },
  });
  health.register("broken", () => Promise.reject(new Error("with a person's words")));
  const again = health.run();
  await vi.advanceTimersByTimeAsync(2000);
  expect(await again).toMatchObject({ status: "failed", checks: { broken: { status: "failed" } } });
  expect(JSON.stringify(await again)).not.toContain("words");
});

it("names what readiness waits for, until it is there", () => {
  const health = new HealthChecks();
  let [embedder, store] = [false, false];
  health.awaitReady("embedder", () => embedder);
  health.awaitReady("store", () => store);
  expect(health.waitingFor()).toEqual(["embedder", "store"]);
  store = true;
  expect(health.waitingFor()).toEqual(["embedder"]);
  embedder = true;
  expect(health.waitingFor()).toEqual([]);
});
