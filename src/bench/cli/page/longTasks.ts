import { fileURLToPath } from "node:url";
import type { Page } from "playwright";

/** A time for which the page's thread did one thing and nothing else; milliseconds. */
interface LongTask {
  startTime: number;
  duration: number;
}
interface LongFrame extends LongTask {
  scripts: string[];
}

declare global {
  interface Window {
    /** Put there by noteLongTasks.mjs. */
    longTasks: LongTask[];
    longFrames: LongFrame[];
  }
}

/** Has every document that the page opens from now on note its Long Tasks: those of more than 50 ms. */
export const watchLongTasks = async (page: Page): Promise<void> => {
  await page.addInitScript({ path: fileURLToPath(new URL("noteLongTasks.mjs", import.meta.url)) });
};

/** The Long Tasks since the last call, in order, with the scripts that ran in them. */
export const takeLongTasks = async (page: Page): Promise<(LongTask & { scripts: string[] })[]> => {
  await page.waitForTimeout(500); // Entries are handed to observers when the thread is idle.
  const { tasks, frames } = await page.evaluate(() => ({
    tasks: window.longTasks.splice(0),
    frames: window.longFrames.splice(0),
  }));
  const during = (task: LongTask, frame: LongFrame): boolean =>
    frame.startTime <= task.startTime + task.duration && task.startTime <= frame.startTime + frame.duration;
  return tasks.map((task) => ({
    ...task,
    scripts: frames.filter((frame) => during(task, frame)).flatMap(({ scripts }) => scripts),
  }));
};

/** Holds the thread for 80 ms. @throws RangeError when that is not noted: then nothing would be */
export const proveThatTasksAreSeen = async (page: Page): Promise<void> => {
  await page.evaluate("setTimeout(() => { const end = performance.now() + 80; while (performance.now() < end); })");
  const tasks = await takeLongTasks(page);
  if (!tasks.some(({ duration }) => duration >= 75))
    throw new RangeError("This browser notes no long tasks, so nothing can be measured.");
};
