import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const folder = dirname(createRequire(import.meta.url).resolve("@electric-sql/pglite"));
let compiled: Promise<WebAssembly.Module> | null = null;

/**
 * PGlite's Postgres, compiled once in a process: that is nearly half of the processor time that opening a store takes.
 * Threads that are handed it share its code.
 */
export const postgresModule = (): Promise<WebAssembly.Module> =>
  (compiled ??= readFile(join(folder, "pglite.wasm")).then((bytes) => WebAssembly.compile(bytes)));
