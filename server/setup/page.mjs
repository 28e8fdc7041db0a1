import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { mustRun, root } from "./dependencies.mjs";

const sources = ["index.html", "vite.config.ts", "package-lock.json", "src", "public"];

/** Newest change below a path, in milliseconds. */
const newest = (path) => {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(entry.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
};

/** Builds the page into dist/ unless dist/ is newer than everything it is made from. */
export const buildPage = () => {
  const built = join(root, "dist/index.html");
  const changed = Math.max(...sources.map((path) => newest(join(root, path))));
  if (existsSync(built) && statSync(built).mtimeMs > changed) return;
  console.log("Building the page …");
  mustRun(process.execPath, ["node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], "Building the page");
};
