// A child process does not inherit the loader that lets this server run from TypeScript.
import "../lib/typescript.mjs";

await import("./export.child.ts");
