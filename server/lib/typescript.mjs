// `node --import ./server/setup/typescript.mjs FILE.ts` runs TypeScript; a worker thread that inherits no loader imports this first.
import { register } from "node:module";

register("./typescript.hooks.mjs", import.meta.url);
// Stacks name lines of the TypeScript.
process.setSourceMapsEnabled(true);
