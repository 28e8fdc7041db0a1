import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { configDefaults, defineConfig } from "vitest/config";

/**
 * Test kinds by file name:
 *   *.test.ts          plain Node
 *   *.gpu.test.ts      the engine on WebGPU: all in real Chromium, where people train; in Node, through Dawn as well, what can
 *                      differ there (device, session, whole-model parity, trajectory), and all with STUDIO_LONG_TESTS=1.
 *                      Those that compile most shaders run in one page (the project gpu-kernels).
 *   *.browser.test.ts  Chromium only (OPFS, workers, DOM)
 */
const systemChromium = "/usr/bin/chromium";
const chromium = playwright({
  launchOptions: {
    executablePath: process.env.STUDIO_CHROMIUM ?? (existsSync(systemChromium) ? systemChromium : undefined),
    args: [
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  },
});

/** Both adapters compile the same shaders with the same compiler; how a device is had and kept is what differs. */
const differsInNode = [
  "src/engine/device.gpu.test.ts",
  "src/engine/parity/parity.gpu.test.ts",
  "src/engine/training/trajectory.gpu.test.ts",
  "src/kernels/device.gpu.test.ts",
  "src/kernels/session.gpu.test.ts",
];
/** What compiles most shaders; in one page, which compiles each once for all of them. */
const manyShaders = [
  "src/kernels/ops/**/*.gpu.test.ts",
  "src/kernels/wgsl/trust.gpu.test.ts",
  "src/engine/{parity,training}/*.gpu.test.ts",
];
const deviceFaults = "src/testing/deviceFaults.setup.ts";
/** `npm run test:all`; `longTests` (src/testing/longTests.ts) tells tests. */
const long = Boolean(process.env.STUDIO_LONG_TESTS);
const provide = { longTests: long };
/** What `npm run test:fast` leaves to `npm test`: Vitest's own `--exclude` does not reach a project that excludes something itself. */
const leftOut = (process.env.STUDIO_LEFT_OUT ?? "").split(",").filter(Boolean);
for (const file of differsInNode)
  if (!existsSync(file))
    throw new Error(`${file} is to run in Node and is not there: its tests would be dropped unseen`);

/** The bundled bases as the studio's server gives them. */
const bundledBases: Plugin = {
  name: "bundled-bases",
  configureServer: ({ middlewares }) =>
    void middlewares.use((request, _response, next) => {
      if (request.url?.startsWith("/base/")) request.url = `/models${request.url}`;
      next();
    }),
};

const inChromium = {
  provide,
  testTimeout: 300_000,
  hookTimeout: 120_000,
  fileParallelism: false,
  browser: {
    enabled: true,
    headless: true,
    provider: chromium,
    instances: [{ browser: "chromium" as const }],
    screenshotFailures: false,
  },
};

export default defineConfig({
  test: {
    maxWorkers: 2, // the default leaves a core idle, and CI has two
    forceRerunTriggers: [], // `test:fast` and watch run what a change reaches, also where package.json is among it
    projects: [
      {
        test: {
          name: "unit",
          // The files of a worker share its modules: loading them anew for each took a third of all processor time.
          isolate: false,
          provide,
          expect: { poll: { timeout: 15_000 } }, // the default second is short where other tests use the cores
          include: ["{src,server}/**/*.test.{ts,tsx}"],
          exclude: [...configDefaults.exclude, "**/*.{gpu,browser}.test.*", ...leftOut],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "gpu-node",
          provide,
          include: long ? ["src/**/*.gpu.test.ts"] : differsInNode,
          setupFiles: [deviceFaults],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          env: existsSync("/usr/lib/chromium/vk_swiftshader_icd.json")
            ? { VK_ICD_FILENAMES: process.env.VK_ICD_FILENAMES ?? "/usr/lib/chromium/vk_swiftshader_icd.json" }
            : {},
        },
      },
      {
        // `npm run test:all`: what f16 and subgroups of eight decide, on the driver that it names (server/setup/llvmpipe.mjs).
        test: {
          name: "gpu-second",
          provide,
          include: ["src/kernels/**/*.gpu.test.ts", "src/engine/training/trajectory.gpu.test.ts"],
          setupFiles: [deviceFaults],
          testTimeout: 900_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...inChromium,
          name: "gpu-kernels",
          include: manyShaders,
          isolate: false,
          setupFiles: [deviceFaults],
        },
      },
      {
        plugins: [bundledBases],
        // Known beforehand: what Vite finds only while tests run makes it reload the page under them.
        optimizeDeps: {
          include: [
            "@huggingface/transformers",
            "@langchain/textsplitters",
            "@mantine/core",
            "@mantine/dropzone",
            "@mantine/hooks",
            "@mantine/notifications",
            "@mantine/spotlight",
            "@opentelemetry/api",
            "@opentelemetry/core",
            "@opentelemetry/otlp-transformer",
            "@opentelemetry/resources",
            "@opentelemetry/sdk-trace-base",
            "fflate",
            "file-selector",
            "html-to-text",
            "hyparquet",
            "hyparquet-compressors",
            "iconv-lite",
            "mammoth",
            "react-dom/client",
            "umap-js",
            "unpdf",
          ],
        },
        test: {
          ...inChromium,
          name: "gpu-chromium",
          include: ["src/**/*.{gpu,browser}.test.{ts,tsx}"],
          exclude: [...configDefaults.exclude, ...manyShaders],
          expect: { poll: { timeout: 15_000 } }, // the default second is short where other tests use the cores
        },
      },
    ],
  },
});
