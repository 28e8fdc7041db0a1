import type { Browser, Page } from "playwright";

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds: of the clock, and of the thread's own work. */
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

/** Follows what the page's thread itself does, other programs of the machine left out. */
export const followThread = async (browser: Browser, page: Page): Promise<void> => {
  await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline"] });
};

/** The page's tasks since {@link followThread}, in milliseconds of processor time, the longest first. */
export const threadTasks = async (browser: Browser): Promise<number[]> => {
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return traceEvents
    .filter(({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && main.has(`${pid} ${tid}`))
    .map(({ tdur = Number.NaN }) => tdur / 1000)
    .sort((a, b) => b - a);
};
