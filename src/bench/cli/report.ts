// `npm run bench:report -- results.json`: the tables for docs/performance.md, on standard output.
import { readFileSync } from "node:fs";
import { report } from "../portable/report.ts";
import type { Results } from "../portable/results.ts";

const [path] = process.argv.slice(2);
if (path === undefined) {
  console.error("Give the results.json that run.sh wrote.");
  process.exit(2);
}
try {
  console.log(report(JSON.parse(readFileSync(path, "utf8")) as Results));
} catch (thrown) {
  console.error(`${path} is no results.json of run.sh: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exit(1);
}
