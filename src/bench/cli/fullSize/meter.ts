import { readFileSync } from "node:fs";
import { cpuUsage } from "node:process";

/** What a piece of work took. */
export interface Spent {
  /** By the clock. */
  seconds: number;
  /** Of the processor, all threads together. */
  processor: number;
  /** The process's largest resident memory since it began, in bytes. */
  peak: number;
}

/** Starts a clock; each call says what was spent since. */
export const startMeter = (): (() => Spent) => {
  const [from, used] = [performance.now(), cpuUsage()];
  return () => {
    const { user, system } = cpuUsage(used);
    return { seconds: (performance.now() - from) / 1000, processor: (user + system) / 1e6, peak: memory("VmHWM") };
  };
};

/**
 * This process's memory as Linux counts it, in bytes: resident now (`VmRSS`), of it its own (`RssAnon`) and pages of files that can be
 * dropped and read again (`RssFile`), and the most that was ever resident (`VmHWM`; `getrusage` would count the parent's, too).
 */
export const memory = (kind: "VmRSS" | "VmHWM" | "RssAnon" | "RssFile"): number => {
  const found = new RegExp(`^${kind}:\\s+(\\d+) kB$`, "m").exec(readFileSync("/proc/self/status", "utf8"));
  if (!found) throw new Error(`/proc/self/status has no ${kind}`);
  return Number(found[1]) * 1024;
};
