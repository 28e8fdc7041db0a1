// `npm run bench:page`: how long the built page's thread is held while a large file is dropped, examined, split and trained
// on, as Chromium's Long Tasks tell it.
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Page } from "playwright";
import { z } from "zod";
import { readFlags, type Flag } from "../../../server/cli/flags.ts";
import { buildPage } from "../../../server/setup/page.mjs";
import { startBenchStudio } from "./benchStudio.ts";
import { chromiumOptions } from "./lab.ts";
import { mb, row } from "./load/table.ts";
import { proveThatTasksAreSeen, takeLongTasks, watchLongTasks } from "./page/longTasks.ts";
import { writePairs } from "./page/pairs.ts";
import { followThread, threadTasks } from "./page/threadTasks.ts";

const FLAGS = {
  rows: {
    value: "N",
    help: "lines of the file (default 50000)",
    schema: z.coerce.number().int().min(1000).max(1_000_000).default(50_000),
  },
  scripts: {
    help: "name the scripts that ran in each long task",
    schema: z.boolean().default(false),
  },
} satisfies Record<string, Flag>;

/** What a person does with the file, and what shows that it is done. */
const steps = (path: string): [name: string, run: (page: Page) => Promise<void>][] => {
  const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
  const patient = { timeout: 600_000 };
  return [
    [
      "dropped, until it is read and examined",
      async (page) => {
        await page.locator("input[type=file]").first().setInputFiles(path);
        await page.getByText("Unique documents").waitFor(patient);
      },
    ],
    [
      "bad lines left out, until it is examined and split and its tokens are counted",
      async (page) => {
        await button(page, /^Leave out \d+ bad lines/).click();
        await page.getByText("to judge the result, once").waitFor(patient);
        await page.getByText("Counted on an even sample").waitFor(patient);
      },
    ],
    [
      "Train opened",
      async (page) => {
        await button(page, /Continue to Train/).click();
        await button(page, "Start training").and(page.locator(":enabled")).waitFor(patient);
      },
    ],
    [
      "run started, and its first 15 s",
      async (page) => {
        await button(page, "Start training").click();
        await page.getByRole("progressbar", { name: "Progress of this stage" }).waitFor(patient);
        await page.waitForTimeout(15_000);
      },
    ],
    [
      "page opened again, until the data set is examined",
      async (page) => {
        await page.goto(new URL("/data", page.url()).href);
        await page.getByText("to judge the result, once").waitFor(patient);
      },
    ],
  ];
};

const flags = readFlags("bench:page", FLAGS, process.argv.slice(2), {
  about: "Measures how long the page is held while a large file is read, examined, split and trained on.",
  examples: ["npm run bench:page -- --rows 50000 --scripts"],
});
if (flags) {
  buildPage();
  const folder = await mkdtemp(join(tmpdir(), "recall-studio-page-"));
  const browser = await chromium.launch(await chromiumOptions(false));
  const studio = await startBenchStudio(folder);
  try {
    const path = join(folder, "pairs.jsonl");
    const bytes = await writePairs(path, flags.rows);
    console.log(
      `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, Chromium ${browser.version()}, load average ${loadavg()[0]?.toFixed(1)} before the run, ${flags.rows} lines, ${mb(bytes)}\n`,
    );
    const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
    page.on("dialog", (dialog) => void dialog.accept());
    await watchLongTasks(page);
    await page.goto(`${studio.url}/data`);
    await page.locator("input[type=file]").first().waitFor({ state: "attached" });
    await page.waitForTimeout(2000);
    await takeLongTasks(page); // Those of opening the page.
    await proveThatTasksAreSeen(page);
    row("", "seconds", "long tasks", "longest, ms", "longest, ms of processor time");
    row("---", "---:", "---:", "---:", "---:");
    for (const [name, run] of steps(path)) {
      await followThread(browser, page);
      const from = performance.now();
      await run(page);
      const seconds = (performance.now() - from) / 1000;
      const tasks = await takeLongTasks(page);
      const longest = Math.max(0, ...tasks.map(({ duration }) => duration));
      const [ownLongest = 0] = await threadTasks(browser);
      row(name, seconds.toFixed(1), tasks.length, Math.round(longest), Math.round(ownLongest));
      if (flags.scripts)
        for (const { duration, scripts } of tasks) console.log(`    ${duration} ms: ${scripts.join("; ")}`);
    }
  } finally {
    await browser.close();
    await studio.close();
    await rm(folder, { recursive: true, force: true });
  }
}
