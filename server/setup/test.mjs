// `npm test`: from a clean clone to one line of counts. `npm test -- unit lint` runs only the steps named.
import { spawnSync } from "node:child_process";
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
  types: { command: node("node_modules/typescript/bin/tsc", "-p", ".") },
  lint: { command: node("node_modules/eslint/bin/eslint.js", ".", "--max-warnings=0") },
  format: { command: node("node_modules/prettier/bin/prettier.cjs", "--check", "--log-level=warn", ".") },
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
const started = Date.now();
for (const [name, step] of Object.entries(steps)) {
  if (only.length > 0 && !only.includes(name)) continue;
  step.before?.();
  const begun = Date.now();
  console.log(`\n── ${name}`);
  const [command, args] = step.command;
  const succeeded = spawnSync(command, args, { cwd: root, stdio: "inherit", env }).status === 0;
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
