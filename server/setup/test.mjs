// `npm test`: from a clean clone to one line of counts. `npm test -- unit lint` runs only the steps named.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findChromium, softwareVulkan } from "./chromium.mjs";
import { installDependencies, requireNode, root } from "./dependencies.mjs";
import { buildPage } from "./page.mjs";

requireNode();
installDependencies();

const only = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), "recall-studio-tests-"));
const node = (script, ...args) => [process.execPath, [script, ...args]];
const vitest = (project) => ({
  command: node(
    "node_modules/vitest/vitest.mjs",
    "run",
    "--project",
    project,
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${reports}/${project}.json`,
  ),
  counts: () => {
    const report = JSON.parse(readFileSync(`${reports}/${project}.json`, "utf8"));
    return { passed: report.numPassedTests, failed: report.numFailedTests, skipped: report.numPendingTests };
  },
});

const steps = {
  // The first three are quick and use one core each: they run side by side.
  types: { quick: true, command: node("node_modules/typescript-native/bin/tsc", "-p", ".") },
  lint: { quick: true, command: node("server/setup/lint.mjs") },
  format: { quick: true, command: node("node_modules/prettier/bin/prettier.cjs", "--check", "--log-level=warn", ".") },
  unit: vitest("unit"),
  "gpu-node": vitest("gpu-node"),
  "gpu-chromium": vitest("gpu-chromium"),
  journeys: {
    before: buildPage,
    command: node("node_modules/@playwright/test/cli.js", "test", "--reporter=line,json"),
    counts: () => {
      const { stats } = JSON.parse(readFileSync(`${reports}/journeys.json`, "utf8"));
      return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
    },
  },
};
const unknown = only.filter((name) => !(name in steps));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(", ")}. Steps: ${Object.keys(steps).join(", ")}.`);
  process.exit(2);
}

const chromium = await findChromium();
const env = {
  ...process.env,
  ...softwareVulkan(chromium),
  STUDIO_CHROMIUM: chromium,
  REQUIRE_WEBGPU: "1",
  PLAYWRIGHT_JSON_OUTPUT_NAME: join(reports, "journeys.json"),
};

const total = { passed: 0, failed: 0, skipped: 0 };
const add = (counts) => Object.keys(total).forEach((key) => (total[key] += counts[key] ?? 0));
/** Runs a command to its end; a quiet one gives its output back instead of printing it. */
const run = ([command, args], quiet) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, stdio: quiet ? ["ignore", "pipe", "pipe"] : "inherit", env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
    child.once("close", (status) => resolve({ succeeded: status === 0, output }));
    child.once("error", (error) => resolve({ succeeded: false, output: `${output}${error.message}` }));
  });

const started = Date.now();
const chosen = Object.entries(steps).filter(([name]) => only.length === 0 || only.includes(name));
const underway = new Map(
  chosen.filter(([, { quick }]) => quick).map(([name, step]) => [name, run(step.command, true)]),
);
for (const [name, step] of chosen) {
  step.before?.();
  const begun = Date.now();
  console.log(`\n── ${name}`);
  const { succeeded, output } = await (underway.get(name) ?? run(step.command, false));
  if (output) console.log(output.trimEnd());
  let counts = succeeded ? { passed: 1 } : { failed: 1 };
  if (step.counts) {
    try {
      counts = step.counts();
      // A runner can fail outside any test: a file that does not load, an unhandled error.
      if (!succeeded && counts.failed === 0) counts.failed = 1;
    } catch {
      counts = { failed: 1 }; // it left no report
    }
  }
  add(counts);
  console.log(`   ${name}: ${succeeded ? "passed" : "FAILED"} in ${((Date.now() - begun) / 1000).toFixed(0)} s`);
}
rmSync(reports, { recursive: true, force: true });
console.log(`\nAll steps took ${((Date.now() - started) / 60000).toFixed(1)} minutes.`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed > 0 ? 1 : 0);
