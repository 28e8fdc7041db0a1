import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { commitOf } from "./server/setup/commit.mjs";

/** Where `npm run dev` finds the API; the built page is served by the API itself. */
const api = process.env.STUDIO_API ?? "http://127.0.0.1:4680";

/**
 * tfjs starts its WebAssembly threads from the source text of a factory function. The function names one variable outside
 * itself, guarded by a `typeof` that the minifier removes, so that the threads of a built page would fail.
 */
const selfContainedWasmThreads = (): Plugin => ({
  name: "self-contained-wasm-threads",
  apply: "build",
  transform: {
    filter: { id: /tfjs-backend-wasm[\w-]*\.js$/ },
    handler: (code) =>
      code.replaceAll(/typeof _scriptDir !== "undefined" && _scriptDir|(?<=\|\|)_scriptDir/g, "undefined"),
  },
});

/** How long plugins took says nothing to a person who waits for the page. */
const quiet = { checks: { bundlerTimings: false } };

export default defineConfig({
  plugins: [react()],
  // Which code wrote an artifact; its manifest says so.
  define: { __ENGINE_COMMIT__: JSON.stringify(commitOf(import.meta.dirname)) },
  worker: { format: "es", plugins: () => [selfContainedWasmThreads()], rolldownOptions: quiet },
  build: {
    target: "es2023",
    outDir: "dist",
    chunkSizeWarningLimit: 2500,
    rolldownOptions: quiet,
  },
  server: {
    host: "127.0.0.1",
    proxy: Object.fromEntries(
      ["/api", "/v1", "/health", "/ready", "/metrics", "/base", "/docs", "/mcp", "/recall-studio"].map((path) => [
        path,
        api,
      ]),
    ),
  },
});
