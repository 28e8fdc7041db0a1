// A worker thread does not inherit the loader that lets this server run from TypeScript.
import "../lib/typescript.mjs";

await import("./text.worker.ts");
