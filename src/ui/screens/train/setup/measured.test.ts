import { expect, test } from "vitest";
import type { RunRecord } from "../../../../domain/run/types.ts";
import type { DeviceReport } from "../../../../domain/training/types.ts";
import { measuredSpeed } from "./measured.ts";

test("a speed is that of the newest run made here; the run that came with the studio says nothing of this computer", () => {
  const device = { backend: "wasm", adapter: "WebAssembly on the CPU" } as DeviceReport;
  const run = (pairsPerSecond: number, more: Partial<RunRecord> = {}) =>
    ({ base: { id: "small" }, device, lastStep: { pairsPerSecond }, ...more }) as RunRecord;
  expect(measuredSpeed([run(3, { shipped: true })], "small", device)).toBeNull();
  expect(measuredSpeed([run(3, { shipped: true }), run(7), run(9)], "small", device)).toBe(7);
  expect(measuredSpeed([run(7)], "tiny", device)).toBeNull();
});
