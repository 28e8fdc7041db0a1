import { fork, type ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { fromProblem, StudioError } from "../../src/domain/errors.ts";
import type { ExportNews } from "./export.child.ts";
import type { ExportTask } from "./makeExport.ts";
import { PART } from "./writeExport.ts";

const CHILD = fileURLToPath(new URL("./export.child.mjs", import.meta.url));

/**
 * Makes one form in a process of its own: merging and proving a large model takes minutes of a processor and gigabytes of
 * memory, which the one that answers requests cannot give, and ends with the process.
 * @throws StudioError what making throws, `export-ended` when the process ended by itself; AbortError after an abort
 */
export const makeInChild = async (
  task: ExportTask,
  { onProgress, signal }: { onProgress: (done: number, total: number) => void; signal: AbortSignal },
): Promise<void> => {
  signal.throwIfAborted();
  const child = fork(CHILD, { execArgv: [], serialization: "advanced", stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  try {
    await followed(child, task, onProgress);
  } catch (thrown) {
    await rm(`${task.out}${PART}`, { recursive: true, force: true });
    signal.throwIfAborted();
    throw thrown;
  } finally {
    signal.removeEventListener("abort", kill);
  }
};

const followed = (
  child: ChildProcess,
  task: ExportTask,
  onProgress: (done: number, total: number) => void,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let end: Exclude<ExportNews, { done: number }> | null = null;
    child.on("message", (news: ExportNews) => {
      if ("done" in news) onProgress(news.done, news.total);
      else end = news;
    });
    child.on("error", reject);
    child.on("exit", (code, killedBy) => {
      if (end?.ended) return resolve();
      if (end?.defect) return reject(new Error(end.defect));
      reject(end ? fromProblem(end.problem) : endedEarly(killedBy ?? `code ${code}`));
    });
    child.send(task);
  });

const endedEarly = (how: string): StudioError =>
  new StudioError(
    "export-ended",
    `The process that made this form ended early (${how}); nothing of it was kept.`,
    "Often the machine had too little memory. Close what needs it, then start it again.",
  );
