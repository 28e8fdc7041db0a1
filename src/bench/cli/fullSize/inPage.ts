// The studio in Chromium at full size: from a local hub that cuts the connection into the browser's file system and onto
// WebGPU through the studio's own worker; one training step and one embedding batch.
import { join } from "node:path";
import { chromium, type BrowserContext, type Page } from "playwright";
import { at, present } from "../../../domain/present.ts";
import { startTestHub, type HubFile, type TestHub } from "../../../testing/hub.ts";
import { chromiumOptions, serveProject } from "../lab.ts";
import { megabytes, type Checks } from "./checks.ts";
import { watchWorkerHeaps, type Heap } from "./heapProbe.ts";
import { table } from "./sections.ts";

const REPO = "local/full-size";
const COMMIT = "f".repeat(40);
/** Of objects and array buffers together, in the engine's worker. */
const MAX_HEAP = 400e6;
const MAX_GPU = 1.8e9;
/** The first visit ends here, the second connection breaks here. */
const FIRST_CUT = 300e6;
const SECOND_CUT = 400e6;

interface Gpu {
  live: number;
  peak: number;
}
interface Loaded {
  seconds: number;
  sha256: string;
  parameters: number;
  adapter: string;
}
interface Worked {
  step: { seconds: number; loss: number; gradNorm: number; tokens: number; stages: string[] };
  embed: { seconds: number; texts: number; tokens: number; dim: number; finite: boolean; normError: number };
}
declare global {
  interface Window {
    /** Put there by src/bench/fullSize/page.ts. */
    fullSize: {
      load(host: string, repo: string, revision: string, stopAt?: number): Promise<Loaded | null>;
      work(): Promise<Worked>;
      gpu(): Gpu;
    };
  }
}

/** The project with the GPU counter ahead of the engine in its worker. */
const serveStudio = () =>
  serveProject("full-size", ["comlink"], {
    name: "count-gpu-bytes",
    enforce: "pre",
    transform: (code, id) =>
      /\/engine\.worker\.ts/.test(id) ? `import "/src/bench/fullSize/gpuBytes.ts";\n${code}` : null,
    configureServer: ({ middlewares }) =>
      void middlewares.use("/full-size", (_request, response) => {
        response.setHeader("Content-Type", "text/html");
        response.end(
          '<!doctype html><title>full size</title><script type="module" src="/src/bench/fullSize/page.ts"></script>',
        );
      }),
  });

const openStudio = async (context: BrowserContext, origin: string): Promise<Page> => {
  const page = await context.newPage();
  page.on("console", (message) => console.log(`     page: ${message.text()}`));
  page.on("pageerror", (error) => console.log(`     page error: ${error.message}`));
  await page.goto(`${origin}/full-size`);
  await page.waitForFunction(() => "fullSize" in window);
  return page;
};

/** First visit: closed in the middle of the download. */
const interruptedVisit = async (context: BrowserContext, origin: string, hub: TestHub): Promise<void> => {
  const page = await openStudio(context, origin);
  hub.cuts.set("model.safetensors", [FIRST_CUT]);
  await page.evaluate(([host, repo, revision, stop]) => window.fullSize.load(host, repo, revision, stop), [
    hub.url,
    REPO,
    COMMIT,
    FIRST_CUT * 0.9,
  ] as const);
  await page.close();
};

const load = async (page: Page, hub: TestHub): Promise<Loaded> =>
  present(
    await page.evaluate(([host, repo, revision]) => window.fullSize.load(host, repo, revision), [
      hub.url,
      REPO,
      COMMIT,
    ] as const),
    "whole model",
  );

const rangesAsked = (hub: TestHub): number[] =>
  hub.log
    .filter((line) => line.startsWith("GET /store/model.safetensors"))
    .map((line) => Number(/bytes=(\d+)-/.exec(line)?.[1] ?? 0));

/** The generated model. */
interface Generated {
  /** For the browser's profile. */
  folder: string;
  files: Record<string, HubFile>;
  weights: { bytes: number; sha256: string };
}

/** Loads the model from a hub and works with it. @returns the section of the page */
export const inPage = async (
  { folder, files, weights }: Generated,
  checks: Checks,
  { hardware }: { hardware: boolean },
): Promise<string> => {
  const hub = await startTestHub({ repo: REPO, commit: COMMIT, files });
  const project = await serveStudio();
  const { origin } = project;
  const { executablePath, args } = await chromiumOptions(hardware);
  // A profile on disk: private windows keep files in memory.
  const context = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath,
    args: [...args, "--disable-gpu-watchdog"],
  });
  try {
    await interruptedVisit(context, origin, hub);
    const page = await openStudio(context, origin);
    const heaps = await watchWorkerHeaps(await context.newCDPSession(page));
    hub.cuts.set("model.safetensors", [SECOND_CUT]);
    const download = await load(page, hub);
    const starts = rangesAsked(hub);
    const resumed =
      starts.length === 3 && starts[0] === 0 && starts.every((start, i) => i === 0 || start > at(starts, i - 1));
    checks.add(
      "resumes after a closed tab and after a cut connection",
      resumed,
      `requests started at ${starts.map(megabytes).join(", ")}`,
    );
    checks.add("hash of the stored weights", download.sha256 === weights.sha256, download.sha256);
    const loading = { heap: heaps.peak(), gpu: await gpuAfterTick(page) };
    console.log(
      `loaded in ${download.seconds.toFixed(1)} s; GPU ${megabytes(loading.gpu.live)}, on ${download.adapter}`,
    );
    const sum = ({ used, buffers }: Heap) => used + buffers;
    checks.add("JavaScript heap while loading", sum(loading.heap) < MAX_HEAP, heapText(loading.heap));
    heaps.reset();
    const again = performance.now();
    const asked = hub.log.length;
    const { step, embed } = await page.evaluate(() => window.fullSize.work());
    console.log(`worked for ${((performance.now() - again) / 1000).toFixed(1)} s: ${step.stages.join(", ")}`);
    const working = { heap: heaps.peak(), gpu: await gpuAfterTick(page) };
    heaps.stop();
    checks.add("works without the hub once loaded", hub.log.length === asked, `${hub.log.length - asked} requests`);
    checks.add(
      "one training step",
      Number.isFinite(step.loss) && step.gradNorm > 0 && step.tokens === 512,
      `loss ${step.loss.toFixed(4)}, gradient norm ${step.gradNorm.toExponential(2)}, ${step.tokens} tokens`,
    );
    checks.add(
      "one embedding batch",
      embed.finite && embed.normError < 1e-4 && embed.dim === 1024,
      `${embed.texts} texts, ${embed.tokens} tokens, ${embed.dim} dimensions, largest error of a length ${embed.normError.toExponential(1)}`,
    );
    checks.add("JavaScript heap while working", sum(working.heap) < MAX_HEAP, heapText(working.heap));
    checks.add("GPU buffers at 512 tokens a step", working.gpu.peak < MAX_GPU, `peak ${megabytes(working.gpu.peak)}`);
    return section(checks, weights, { download, step, embed }, context.browser()?.version() ?? "");
  } finally {
    await context.close();
    await project.close();
    await hub.close();
  }
};

/** The counter reports four times a second. */
const gpuAfterTick = async (page: Page): Promise<Gpu> => {
  await page.waitForTimeout(600);
  return page.evaluate(() => window.fullSize.gpu());
};
const heapText = ({ used, buffers }: Heap) =>
  `peak ${megabytes(used + buffers)}: ${megabytes(used)} objects, ${megabytes(buffers)} array buffers`;

const section = (
  { all }: Checks,
  weights: { bytes: number; sha256: string },
  { download, step, embed }: Worked & { download: Loaded },
  version: string,
): string => `Chromium ${version}, adapter "${download.adapter}".

The model (${download.parameters.toLocaleString("en")} parameters in 310 BF16 tensors, ${weights.bytes.toLocaleString("en")} bytes,
SHA-256 \`${weights.sha256}\`) is served by a local server that speaks the hub's protocol, and loaded through the studio's own
worker. The first visit is closed in the middle of the download; in the second the connection is cut once more.

${table(
  ["check", "seen", ""],
  all.map(({ name, passed, detail }) => [name, detail, passed ? "passed" : "**failed**"]),
)}

Heap is the engine worker's, objects and array buffers together, sampled 20 times a second through the debugger's
protocol; the bar is ${megabytes(MAX_HEAP)}. GPU bytes are counted at \`createBuffer\` and \`destroy\`, outside of the engine; the bar is ${megabytes(MAX_GPU)}.

${table(
  ["", "seconds"],
  [
    ["second visit: rest of the download, hashing, upload to the device", download.seconds.toFixed(1)],
    [`run with one step (${step.stages.join(", ")})`, step.seconds.toFixed(1)],
    [`embedding of ${embed.texts} texts`, embed.seconds.toFixed(1)],
  ],
)}

A software adapter computes on the CPU; the seconds say nothing about a graphics card.`;
