import { expect, it } from "vitest";
import type { LangfuseStatus } from "../../domain/telemetry/experiment.ts";
import { chipOf, reasonOf } from "./langfuseWords.ts";

const status = (patch: Partial<LangfuseStatus>): LangfuseStatus => ({
  connected: true,
  url: "https://langfuse.example",
  queued: 0,
  delivered: 0,
  dropped: 0,
  lastError: null,
  ...patch,
});
const at = "2026-11-22T12:00:00.000Z";

it("shows trouble before losses, and losses before what waits", () => {
  expect(chipOf(null)).toEqual({ value: "unknown", tone: "idle" });
  expect(chipOf(status({ connected: false }))).toEqual({ value: "not connected", tone: "idle" });
  expect(chipOf(status({}))).toEqual({ value: "connected", tone: "good" });
  expect(chipOf(status({ queued: 1200 }))).toEqual({ value: "connected, 1,200 queued", tone: "good" });
  expect(chipOf(status({ queued: 2, dropped: 3 }))).toEqual({ value: "connected, 2 queued, 3 dropped", tone: "warn" });
  expect(chipOf(status({ queued: 2, dropped: 3, lastError: { code: "http-401", at } }))).toEqual({
    value: "failing, 2 queued",
    tone: "bad",
  });
});

it("has a reason for every code that the outbox gives", () => {
  const codes = ["unreachable", "http-401", "http-403", "http-429", "http-503", "http-400", "queue-full", "disk-full"];
  const reasons = codes.map(reasonOf);
  expect(reasons).not.toContain(reasonOf("anything else"));
  expect(new Set(reasons).size).toBe(codes.length - 1); // 401 and 403 are one case.
});
