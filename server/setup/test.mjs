// `npm test`: from a clean clone to one line of counts. `npm test -- unit lint` runs only the steps named. `--long` (npm run
// test:all) lets the long tests do all their rounds and adds the kernels on a second adapter and the full-size test; `--json=FILE` writes what came out.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findChromium, presentChromium, softwareVulkan } from "./chromium.mjs";
import { installDependencies, requireNode } from "./dependencies.mjs";
import { helpIfAsked } from "./help.mjs";
import { buildPage } from "./page.mjs";
import { llvmpipe } from "./llvmpipe.mjs";
import { run } from "./run.mjs";

helpIfAsked(`Checks everything, and ends with one line of counts. It installs what is missing and gets a Chromium first.

npm test -- [STEP …] [flags]

  --long        the long tests do all their rounds, and the full-size test runs too (npm run test:all)
  --json=FILE   write what came out

Examples:
  npm test
  npm test -- unit lint`);
requireNode();
await installDependencies();

const { values: flags, positionals: only } = parseArgs({
  options: { long: { type: "boolean", default: false }, json: { type: "string" } },
  allowPositionals: true,
});
const reports = mkdtempSync(join(tmpdir(), "recall-studio-tests-"));
const vitest = (project) => ({
  command: [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project",
    project,
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${reports}/${project}.json`,
  ],
  counts: () => {
    const report = JSON.parse(readFileSync(`${reports}/${project}.json`, "utf8"));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
  },
});

const steps = {
  // The quick ones begin together, since none keeps two cores busy. ESLint takes longest and goes on beside the unit tests.
  types: { quick: true, command: ["node_modules/typescript-native/bin/tsc", "-p", "."] },
  format: { quick: true, command: ["node_modules/oxfmt/bin/oxfmt", "--check"] },
  build: { quick: true, command: ["node_modules/vite/bin/vite.js", "build", "--logLevel=warn"] },
  unit: vitest("unit"),
  lint: { quick: true, command: ["server/setup/lint.mjs"] },
  // A page that waits for its device leaves a core half idle: the two after it run beside it, one after the other.
  "gpu-chromium": { chromium: true, beside: ["gpu-kernels", "gpu-node"], ...vitest("gpu-chromium") },
  "gpu-kernels": { chromium: true, ...vitest("gpu-kernels") },
  "gpu-node": { chromium: true, ...vitest("gpu-node") },
  journeys: {
    chromium: true,
    before: buildPage, // where the journeys alone are asked for
    command: ["node_modules/@playwright/test/cli.js", "test", "--reporter=line,json"],
    counts: () => {
      const { stats } = JSON.parse(readFileSync(`${reports}/journeys.json`, "utf8"));
      return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
    },
  },
  "gpu-second": { chromium: true, long: true, second: true, ...vitest("gpu-second") },
  "full-size": { chromium: true, long: true, command: ["server/setup/cli.mjs", "fullSize"] },
};
const unknown = only.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. Steps: ${Object.keys(steps).join(", ")}.`);
  process.exit(2);
}
const chosen = Object.entries(steps).filter(([name, step]) =>
  only.length === 0 ? flags.long || !step.long : only.includes(name),
);

const chromium = chosen.some(([, step]) => step.chromium) ? await findChromium() : await presentChromium();
const env = {
  ...process.env,
  ...(chromium && { ...softwareVulkan(chromium), STUDIO_CHROMIUM: chromium }),
  ...(flags.long && { STUDIO_LONG_TESTS: "1" }),
  REQUIRE_WEBGPU: "1",
  PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "journeys.json"),
};

/** What a step counted, or one for itself where it counts nothing. */
const countsOf = (step, succeeded) => {
  if (!step.counts) return succeeded ? { passed: 1 } : { failed: 1 };
  try {
    const counts = step.counts();
    // A runner can fail outside any test: a file that does not load, an unhandled error.
    return succeeded || counts.failed > 0 ? counts : { ...counts, failed: 1 };
  } catch {
    return { failed: 1 }; // it left no report
  }
};

const started = Date.now();
const timed = async (command, quiet, extra = {}) => {
  const begun = Date.now();
  const [script, ...args] = command;
  const result = await run(script, args, { quiet, env: { ...env, ...extra } });
  return { ...result, seconds: (Date.now() - begun) / 1000 };
};
const underway = new Map(
  chosen.filter(([, { quick }]) => quick).map(([name, { command }]) => [name, timed(command, true)]),
);
/** Starts steps one after the other, for their turn to wait for. */
const startInTurn = (names) => {
  let before = Promise.resolve();
  for (const [name, { command }] of chosen.filter(([each]) => names.includes(each)))
    underway.set(name, (before = before.then(() => timed(command, true))));
};
const results = [];
for (const [name, step] of chosen) {
  step.before?.();
  startInTurn(step.beside ?? []);
  console.log(`\n── ${name}`);
  const other = step.second ? llvmpipe(env) : { env: {} };
  if ("missing" in other) {
    console.log(`   ${name}: NOT RUN, counted as skipped: ${other.missing}`);
    results.push({ name, succeeded: true, seconds: 0, passed: 0, failed: 0, skipped: 1 });
    continue;
  }
  const { succeeded, output, seconds } = await (underway.get(name) ?? timed(step.command, false, other.env));
  if (output) console.log(output);
  results.push({ name, succeeded, seconds, ...{ passed: 0, failed: 0, skipped: 0, ...countsOf(step, succeeded) } });
  console.log(`   ${name}: ${succeeded ? "passed" : "FAILED"} in ${seconds.toFixed(0)} s`);
}
rmSync(reports, { recursive: true, force: true });

const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
const seconds = (Date.now() - started) / 1000;
const all = Object.keys(steps).every((name) => steps[name].long || chosen.some(([other]) => other === name));
if (flags.json)
  writeFileSync(flags.json, JSON.stringify({ complete: all, long: flags.long, seconds, steps: results }, null, 2));
console.log(`\nAll steps took ${(seconds / 60).toFixed(1)} minutes.`);
console.log(
  `${total("passed")} passed, ${total("failed")} failed${total("skipped") ? `, ${total("skipped")} skipped` : ""}`,
);
process.exit(total("failed") > 0 ? 1 : 0);
