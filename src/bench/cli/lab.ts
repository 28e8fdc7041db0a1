// What the bench and the full-size test share: the project as Vite serves it in development, and Chromium on some adapter.
import { createServer, type PluginOption } from "vite";
import { PROJECT_ROOT } from "../../../server/lib/project.ts";
import { findChromium } from "../../../server/setup/chromium.mjs";
import { present } from "../../domain/present.ts";

/** What the engine loads. All dependencies are named at once: one found later would reload the page in the middle. */
const ENGINE = [
  "@huggingface/tokenizers",
  "@noble/hashes/sha2.js",
  "@noble/hashes/utils.js",
  "@tensorflow/tfjs-backend-cpu",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-backend-webgpu",
  "@tensorflow/tfjs-core",
  "client-zip",
  "fflate",
  "papaparse",
  "zod",
];

/** Serves the project on a free port of this machine. `name` keeps its cache apart; `dependencies` come on top of the engine's. */
export const serveProject = async (
  name: string,
  dependencies: readonly string[],
  plugin: PluginOption,
): Promise<{ origin: string; close(): Promise<void> }> => {
  const vite = await createServer({
    root: PROJECT_ROOT,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    server: { host: "127.0.0.1", port: 0, hmr: false },
    cacheDir: `node_modules/.vite/${name}`,
    optimizeDeps: { include: [...ENGINE, ...dependencies], noDiscovery: true },
    plugins: [plugin],
  });
  await vite.listen();
  const { port } = present(vite.httpServer, "server").address() as { port: number };
  return { origin: `http://127.0.0.1:${port}`, close: () => vite.close() };
};

/** How Playwright starts Chromium: on this machine's own adapter, or on the software one. */
export const chromiumOptions = async (hardware: boolean): Promise<{ executablePath: string; args: string[] }> => ({
  executablePath: await findChromium(),
  args: ["--no-sandbox", "--enable-unsafe-webgpu", ...(hardware ? [] : ["--use-webgpu-adapter=swiftshader"])],
});
