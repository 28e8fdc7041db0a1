import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { decode, type Message } from "./protocol.ts";
import type { Outcome } from "./results.ts";

export interface SectionRun {
  /** The program and its arguments for these items. */
  command(items: readonly string[]): { file: string; args: string[] };
  items: readonly string[];
  /** Seconds an item may take. */
  limit: number;
  /** Seconds on top for a process to start, and for its model to be made. */
  starting?: number;
  /** On the clock of `Date.now()`; nothing goes on after it. */
  deadline: number;
  onOutcome(item: string, outcome: Outcome): void;
  onLog(line: string): void;
}

const STARTING = 30;
const LAST_LINES = 6;

/** How a process ended that did not come to its end by itself. */
type Ending = { why: string };

/**
 * Measures the items of a section. A process that dies or takes too long fails the item that it was at, and another one goes on
 * with the next: nothing that one item does keeps the others from being measured.
 */
export const runSection = async (run: SectionRun): Promise<void> => {
  let left = [...run.items];
  while (left.length > 0) {
    if (Date.now() >= run.deadline) {
      for (const item of left) run.onOutcome(item, { seconds: 0, error: "not measured: the time was up" });
      return;
    }
    const done = new Set<string>();
    let at: { item: string; since: number } | null = null;
    const ending = await runProcess(run, left, (message) => {
      if ("begin" in message) at = { item: message.begin, since: Date.now() };
      else {
        const seconds = at === null ? 0 : (Date.now() - at.since) / 1000;
        run.onOutcome(
          message.item,
          "error" in message ? { seconds, error: message.error } : { seconds, result: message.result },
        );
        done.add(message.item);
        at = null;
      }
    });
    left = left.filter((item) => !done.has(item));
    const culprit: { item: string; since: number } | null = at;
    const [next] = left;
    if (next === undefined) return;
    if (culprit === null && done.size === 0) {
      // It never got to work; another one would not either.
      for (const item of left) run.onOutcome(item, { seconds: 0, error: ending.why });
      return;
    }
    const { item, since } = (culprit as { item: string; since: number } | null) ?? { item: next, since: Date.now() };
    run.onOutcome(item, { seconds: (Date.now() - since) / 1000, error: ending.why });
    left = left.filter((other) => other !== item);
  }
};

const runProcess = (
  { command, limit, starting = STARTING, deadline, onLog }: SectionRun,
  items: readonly string[],
  onMessage: (message: Message) => void,
): Promise<Ending> =>
  new Promise((resolve) => {
    const { file, args } = command(items);
    const child = spawn(file, args, { stdio: ["ignore", "pipe", "pipe"] });
    const last: string[] = [];
    let cut: string | null = null;
    let timer: NodeJS.Timeout | undefined;
    const allow = (seconds: number): void => {
      clearTimeout(timer);
      const most = Math.max(0, Math.min(seconds * 1000, deadline - Date.now()));
      timer = setTimeout(() => {
        cut = Date.now() >= deadline ? "cut: the time was up" : `cut: nothing came within ${seconds} seconds`;
        child.kill("SIGKILL");
      }, most);
    };
    const log = (line: string): void => {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      onLog(line);
    };
    allow(limit + starting);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const message = decode(line);
      if (message === null) return log(line);
      allow("begin" in message ? limit + starting : limit);
      onMessage(message);
    });
    createInterface({ input: child.stderr }).on("line", log);
    const end = (why: string): void => {
      clearTimeout(timer);
      resolve({ why: cut ?? [why, ...last].join(" | ") });
    };
    child.on("error", (error) => end(`could not be started: ${error.message}`));
    child.on("close", (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
  });
