import type { RunRecord } from "../../../../domain/run/types.ts";
import type { DeviceReport } from "../../../../domain/training/types.ts";

/** Pairs a second of the newest run with this base on this device; null when none was measured. The run that ships was made elsewhere. */
export const measuredSpeed = (
  runs: readonly RunRecord[],
  baseId: string,
  device: DeviceReport | null,
): number | null => {
  const run = runs.find(
    (one) =>
      !one.shipped &&
      one.base.id === baseId &&
      one.device?.adapter === device?.adapter &&
      one.device?.backend === device?.backend &&
      one.lastStep !== null,
  );
  return run?.lastStep?.pairsPerSecond ?? null;
};
