// `npm run bench`: the engine against its peers in headless Chromium, on whatever adapter is there.
import { execFileSync } from "node:child_process";
import { createReadStream } from "node:fs";
import { appendFile, copyFile, mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Browser, chromium } from "playwright";
import { nodeModelFiles } from "../../../server/cli/nodeModelFiles.ts";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import { SMALL_BASE } from "../../domain/bases.ts";
import { writeBaseOnnx } from "../../domain/onnx/index.ts";
import { chromiumOptions, serveProject } from "./lab.ts";
import { recipe } from "../../../server/cli/recipe.ts";

const HELP = `Measures the engine against its peers, in one run, and prints ratios. Takes minutes.

npm run bench -- [flags]

  --sections LIST   of training, wide, profile, embedding, matmul, growth (default: all of these); or recipe, alone
  --peers LIST      whom to train beside: tfjs, jax (default: both)
  --rounds N        rounds of each measurement (default: 3)
  --hardware        on this machine's own graphics card in place of the software adapter
  --json            one JSON object on stdout
  --out FILE        writes it there as well

Of the section recipe, presets beside a grid of settings (takes hours without a graphics card):
  --pairs FILE      may be given several times (default: the sample)
  --base NAME       (default: ${SMALL_BASE.id})
  --seeds LIST      (default: 42)`;

const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    sections: { type: "string", default: "training,wide,profile,embedding,matmul,growth" },
    rounds: { type: "string", default: "3" },
    peers: { type: "string", default: "tfjs,jax" },
    hardware: { type: "boolean", default: false },
    out: { type: "string" },
    // Of the section `recipe`, which runs alone and in Node.
    pairs: { type: "string", multiple: true, default: ["public/samples/support.jsonl"] },
    base: { type: "string", default: SMALL_BASE.id },
    seeds: { type: "string", default: "42" },
    help: { type: "boolean", default: false },
  },
});
if (flags.help) {
  console.log(HELP);
  process.exit(0);
}

interface Row {
  name: string;
  [figure: string]: string | number;
}
interface Section extends Record<string, unknown> {
  workload?: string;
  shape?: string;
  rows?: Row[];
}
/** What one page leaves in `window.report`. */
interface Report {
  done: boolean;
  error: string | null;
  device: { adapter: string };
  result: Section | Section[];
}

/** What the bench page loads besides the engine. */
const PEERS = ["@huggingface/transformers", "@jax-js/jax", "@tensorflow/tfjs-core/dist/register_all_gradients.js"];

const say = (line: string) => void (flags.json || console.error(line));

/** The tiny base as an ONNX folder that transformers.js opens, below a folder that Vite serves. */
const onnxFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "recall-studio-bench-"));
  const base = join(PROJECT_ROOT, "models/base/qwen3-embedding-tiny");
  await mkdir(join(folder, "onnx"));
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"])
    await copyFile(join(base, file), join(folder, file));
  await writeBaseOnnx(nodeModelFiles(base), (path, bytes) => appendFile(join(folder, "onnx", path), bytes));
  return folder;
};

const main = async (): Promise<void> => {
  const onnx = await onnxFolder();
  const project = await serveProject("bench", PEERS, {
    name: "onnx-folder",
    configureServer: ({ middlewares }) =>
      void middlewares.use("/bench-model", (request, response) => {
        const { pathname } = new URL(request.url ?? "/", "http://bench"); // takes out any `..`
        createReadStream(join(onnx, pathname))
          .on("error", () => response.writeHead(404).end())
          .pipe(response);
      }),
  });
  const browser = await chromium.launch(await chromiumOptions(flags.hardware));
  try {
    const sections: Record<string, Report["result"]> = {};
    let device: Report["device"] | null = null;
    const started = performance.now();
    for (const section of flags.sections.split(",")) {
      say(`\n${section}`);
      const report = await runSection(browser, project.origin, section);
      if (report.error) throw new Error(`${section}: ${report.error}`);
      sections[section] = report.result;
      device = report.device;
    }
    const result = {
      date: new Date().toISOString().slice(0, 10),
      commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: PROJECT_ROOT, encoding: "utf8" }).trim(),
      chromium: browser.version(),
      seconds: Math.round((performance.now() - started) / 1000),
      loadAverage: loadavg()[0],
      device,
      sections,
    };
    if (flags.out) await writeFile(flags.out, `${JSON.stringify(result, null, 2)}\n`);
    if (flags.json) console.log(JSON.stringify(result));
    else print(result.device?.adapter ?? "", sections);
  } finally {
    await browser.close();
    await project.close();
    await rm(onnx, { recursive: true, force: true });
  }
};

const runSection = async (browser: Browser, origin: string, section: string): Promise<Report> => {
  const page = await browser.newPage();
  page.on("console", (message) => say(message.text()));
  page.on("pageerror", (error) => console.error(error.message));
  const { rounds, peers } = flags;
  const query = new URLSearchParams({ section, rounds, peers, onnx: "bench-model" });
  await page.goto(`${origin}/src/bench/index.html?${query}`);
  await page.waitForFunction("window.report?.done", undefined, { timeout: 3_600_000 });
  const report = (await page.evaluate("window.report")) as Report;
  await page.close();
  return report;
};

const print = (adapter: string, sections: Record<string, Report["result"]>): void => {
  console.log(`\nAdapter: ${adapter}`);
  for (const [name, result] of Object.entries(sections))
    for (const { rows, ...part } of [result].flat()) {
      const facts = Object.entries(part).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
      console.log(`\n${name}: ${facts.join(", ")}`);
      console.table(rows);
    }
};

/** The presets beside a grid; needs no browser. */
const tellRecipe = async (): Promise<void> => {
  const seeds = flags.seeds.split(",").map(Number);
  const { device, tables } = await recipe({ files: flags.pairs, base: flags.base, seeds }, say);
  if (flags.out) await writeFile(flags.out, `${JSON.stringify({ device, tables }, null, 2)}\n`);
  if (flags.json) console.log(JSON.stringify({ device, tables }));
  else print(device.adapter, { recipe: tables });
};

(flags.sections === "recipe" ? tellRecipe() : main()).then(
  () => process.exit(0),
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  },
);
