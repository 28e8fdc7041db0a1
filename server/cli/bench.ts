// `npm run bench`: the engine against its peers in headless Chromium, on whatever adapter is there.
import { execFileSync } from "node:child_process";
import { appendFile, copyFile, mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright";
import { createServer } from "vite";
import { writeBaseOnnx } from "../../src/domain/onnx/index.ts";
import { findChromium } from "../setup/chromium.mjs";
import { nodeModelFiles } from "./nodeModelFiles.ts";

const root = resolve(import.meta.dirname, "../..");
const { values: flags } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    sections: { type: "string", default: "training,wide,embedding,matmul,growth" },
    rounds: { type: "string", default: "5" },
    peers: { type: "string", default: "tfjs,jax" },
    hardware: { type: "boolean", default: false },
    out: { type: "string" },
  },
});

interface Row {
  name: string;
  [figure: string]: string | number;
}
interface Report {
  done: boolean;
  error: string | null;
  device: { adapter: string };
  sections: Record<string, { workload?: string; shape?: string; rows?: Row[] } & Record<string, unknown>>;
}

const say = (line: string) => void (flags.json || console.error(line));

/** The tiny base as an ONNX folder that transformers.js opens, below a folder that Vite serves. */
const onnxFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "recall-studio-bench-"));
  const base = join(root, "models/base/qwen3-embedding-tiny");
  await mkdir(join(folder, "onnx"));
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json"])
    await copyFile(join(base, file), join(folder, file));
  await writeBaseOnnx(nodeModelFiles(base), (path, bytes) => appendFile(join(folder, "onnx", path), bytes));
  return folder;
};

const main = async (): Promise<void> => {
  const onnx = await onnxFolder();
  const vite = await createServer({
    root,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, fs: { allow: [root, onnx] }, hmr: false },
    optimizeDeps: { include: ["@huggingface/transformers", "@jax-js/jax"] },
    plugins: [
      {
        name: "onnx-folder",
        configureServer: ({ middlewares }) =>
          void middlewares.use("/bench-model/", (request, _response, next) => {
            request.url = `/@fs${onnx}${request.url}`;
            next();
          }),
      },
    ],
  });
  await vite.listen();
  const { port } = vite.httpServer!.address() as { port: number };
  const browser = await chromium.launch({
    executablePath: await findChromium(),
    args: ["--no-sandbox", "--enable-unsafe-webgpu", ...(flags.hardware ? [] : ["--use-webgpu-adapter=swiftshader"])],
  });
  try {
    const page = await browser.newPage();
    page.on("console", (message) => say(message.text()));
    page.on("pageerror", (error) => console.error(error.message));
    const query = new URLSearchParams({
      sections: flags.sections,
      rounds: flags.rounds,
      peers: flags.peers,
      onnx: "bench-model",
    });
    await page.goto(`http://127.0.0.1:${port}/src/engine/bench/index.html?${query}`);
    await page.waitForFunction("window.report?.done", undefined, { timeout: 3_600_000 });
    const report = (await page.evaluate("window.report")) as Report;
    if (report.error) throw new Error(report.error);
    const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: root, encoding: "utf8" }).trim();
    const result = {
      date: new Date().toISOString().slice(0, 10),
      commit,
      chromium: browser.version(),
      device: report.device,
      sections: report.sections,
    };
    if (flags.out) await writeFile(flags.out, `${JSON.stringify(result, null, 2)}\n`);
    if (flags.json) console.log(JSON.stringify(result));
    else print(report);
  } finally {
    await browser.close();
    await vite.close();
    await rm(onnx, { recursive: true, force: true });
  }
};

const print = ({ device, sections }: Report): void => {
  console.log(`\nAdapter: ${device.adapter}`);
  for (const [name, section] of Object.entries(sections)) {
    console.log(`\n${name}${section.workload ? `: ${section.workload}` : ""}`);
    for (const part of Array.isArray(section) ? (section as Record<string, unknown>[]) : [section]) {
      if (part.shape) console.log(String(part.shape));
      console.table(part.rows ?? [part]);
    }
  }
};

main().then(
  () => process.exit(0),
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  },
);
