// `npm run bench:page`: how long the built page's thread is held while a large file is dropped, examined, split and trained
// on, as Chromium's Long Tasks tell it.
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser, type Page } from "playwright";
import { z } from "zod";
import { readFlags, type Flag } from "../../../server/cli/flags.ts";
import { buildPage } from "../../../server/setup/page.mjs";
import { at } from "../../domain/present.ts";
import { startBenchStudio } from "./benchStudio.ts";
import { chromiumOptions } from "./lab.ts";
import { mb, row } from "./load/table.ts";
import { documentSteps, writeDocuments } from "./page/documents.ts";
import { proveThatTasksAreSeen, takeLongTasks, watchLongTasks } from "./page/longTasks.ts";
import { writePairs } from "./page/pairs.ts";
import { drawn, press, shown } from "./page/press.ts";
import { followThread, threadTasks } from "./page/threadTasks.ts";

const FLAGS = {
  rows: {
    value: "N",
    help: "lines of the file (default 50000)",
    schema: z.coerce.number().int().min(1000).max(1_000_000).default(50_000),
  },
  rounds: {
    value: "N",
    help: "how often all of it is done, each time in a fresh browser profile (default 1)",
    schema: z.coerce.number().int().min(1).max(50).default(1),
  },
  documents: {
    value: "N",
    help: "in place of pairs: so many documents, read, cut, made weak pairs of and filtered",
    schema: z.coerce.number().int().min(100).max(1_000_000).optional(),
  },
  scripts: {
    help: "name the scripts that ran in each long task",
    schema: z.boolean().default(false),
  },
} satisfies Record<string, Flag>;

/** Work that is always the same, to tell a slow or shared processor from a slow page. */
const FIXED_WORK = `new Promise((done) => setTimeout(() => {
  let x = 1;
  for (let i = 0; i < 5e7; i++) x = (x * 1103515245 + 12345) | 0;
  done(x);
}))`;

/** What a person does with the file, and what shows that it is done. */
const pairSteps = (path: string): [name: string, run: (page: Page) => Promise<void>][] => [
  [
    "dropped, until it is read and examined",
    async (page) => {
      await page.locator("input[type=file]").first().setInputFiles(path);
      await shown(page, "Unique documents");
    },
  ],
  [
    "bad lines left out, until it is examined and split and its tokens are counted",
    async (page) => {
      await press(page, "Leave out", "bad lines");
      await shown(page, "to judge the result, once");
      await shown(page, "Counted on an even sample");
    },
  ],
  [
    "Train opened",
    async (page) => {
      await press(page, "Continue to Train");
      await shown(page, "What it will take");
    },
  ],
  [
    "run started, and its first 15 s",
    async (page) => {
      await press(page, "Start training");
      await drawn(page, '[aria-label="Progress of this stage"]');
      await page.waitForTimeout(15_000);
    },
  ],
  [
    "page opened again, until the data set is examined",
    async (page) => {
      await page.goto(new URL("/data", page.url()).href);
      await shown(page, "to judge the result, once");
    },
  ],
];

const flags = readFlags("bench:page", FLAGS, process.argv.slice(2), {
  about: "Measures how long the page is held while a large file is read, examined, split and trained on.",
  examples: ["npm run bench:page -- --rows 50000 --scripts", "npm run bench:page -- --documents 20000"],
});

/** One step of one round. */
interface Measured {
  seconds: number;
  longTasks: number;
  /** Milliseconds by the clock, and of the thread's own processor time. */
  longest: number;
  ownLongest: number;
}

/** All steps once, on a page that stores nothing yet; and what a fixed piece of work takes its thread, before them. */
const round = async (
  browser: Browser,
  url: string,
  { opened, steps }: { opened: string; steps: ReturnType<typeof pairSteps> },
  scripts: boolean,
): Promise<{ loop: Measured; steps: Measured[] }> => {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  page.on("dialog", (dialog) => void dialog.accept());
  const measure = async (run: (page: Page) => Promise<unknown>): Promise<Measured> => {
    await followThread(browser, page);
    const from = performance.now();
    await run(page);
    const seconds = (performance.now() - from) / 1000;
    const tasks = await takeLongTasks(page);
    const [ownLongest = 0] = await threadTasks(browser);
    if (scripts) for (const { duration, scripts } of tasks) console.log(`    ${duration} ms: ${scripts.join("; ")}`);
    const longest = Math.max(0, ...tasks.map(({ duration }) => duration));
    return { seconds, longTasks: tasks.length, longest, ownLongest };
  };
  try {
    await watchLongTasks(page);
    await page.goto(`${url}${opened}`);
    await page.locator("input[type=file]").first().waitFor({ state: "attached" });
    await page.waitForTimeout(2000);
    await takeLongTasks(page); // Those of opening the page.
    await proveThatTasksAreSeen(page);
    const loop = await measure((opened) => opened.evaluate(FIXED_WORK));
    const measured: Measured[] = [];
    for (const [name, run] of steps) {
      console.error(name);
      measured.push(await measure(run));
    }
    return { loop, steps: measured };
  } finally {
    await page.close();
  }
};

/** The middle of several figures, with the least and the most where there are several. */
const spread = (values: readonly number[], digits = 0): string => {
  const sorted = [...values].sort((a, b) => a - b).map((value) => value.toFixed(digits));
  const middle = sorted[Math.floor(sorted.length / 2)] ?? "–";
  return sorted.length > 1 ? `${middle} (${sorted[0]} to ${sorted.at(-1)})` : middle;
};

if (flags) {
  buildPage();
  const folder = await mkdtemp(join(tmpdir(), "recall-studio-page-"));
  const browser = await chromium.launch(await chromiumOptions(false));
  const studio = await startBenchStudio(folder);
  try {
    const path = join(folder, "lines.jsonl");
    const { documents } = flags;
    const bytes = documents === undefined ? await writePairs(path, flags.rows) : await writeDocuments(path, documents);
    const work =
      documents === undefined
        ? { opened: "/data", steps: pairSteps(path) }
        : { opened: "/data/documents", steps: documentSteps(path) };
    const load = () => loadavg()[0]?.toFixed(1);
    console.log(
      `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}, Chromium ${browser.version()}, load average ${load()} before the run, ${documents ?? flags.rows} lines, ${mb(bytes)}`,
    );
    const rounds: Awaited<ReturnType<typeof round>>[] = [];
    while (rounds.length < flags.rounds) rounds.push(await round(browser, studio.url, work, flags.scripts));
    const loops = rounds.map(({ loop }) => loop);
    console.log(
      `A fixed loop in the page: ${spread(loops.map(({ ownLongest }) => ownLongest))} ms of processor time, ${spread(loops.map(({ longest }) => longest))} ms by the clock; load average ${load()} after the run.\n`,
    );
    row("", "seconds", "long tasks", "longest, ms", "longest, ms of processor time");
    row("---", "---:", "---:", "---:", "---:");
    for (const [index, [name]] of work.steps.entries()) {
      const of = (figure: keyof Measured) => rounds.map((one) => at(one.steps, index)[figure]);
      row(name, spread(of("seconds"), 1), spread(of("longTasks")), spread(of("longest")), spread(of("ownLongest")));
    }
  } finally {
    await browser.close();
    await studio.close();
    await rm(folder, { recursive: true, force: true });
  }
}
