// The part of `npm run lint` that looks at how long files are.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { oversized } from "./fileSizes.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const paths = ["src", "server", "e2e"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
);
const sources = paths.filter((path) => /\.(tsx?|mjs|css)$/.test(path) && !/[\\/]fixtures[\\/]/.test(path));
const problems = oversized(sources.map((path) => ({ path, text: readFileSync(join(root, path), "utf8") })));
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
