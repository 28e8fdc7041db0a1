// `npm run bench:report -- results.json`: the tables for docs/performance.md, on standard output.
import { readFileSync } from "node:fs";
import { report } from "../portable/report.ts";
import type { Results } from "../portable/results.ts";

const HELP = `Prints the tables for docs/performance.md from what run.sh of the portable measurement wrote.

npm run bench:report -- FILE

Examples:
  npm run bench:report -- results.json > tables.md`;

const [path] = process.argv.slice(2);
if (path === "--help") {
  console.log(HELP);
  process.exit(0);
}
if (path === undefined) {
  console.error("Give the results.json that run.sh wrote. See npm run bench:report -- --help.");
  process.exit(2);
}
try {
  console.log(report(JSON.parse(readFileSync(path, "utf8")) as Results));
} catch (thrown) {
  console.error(`${path} is no results.json of run.sh: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  process.exit(1);
}
