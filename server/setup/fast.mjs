// `npm run test:fast`: types, lint and the unit tests that a change can reach. What changed is what differs from the main
// branch, or on the main branch from its last commit; `npm run test:fast -- REF` compares with another one. The slowest
// suites (slowTests.json) are left to `npm test`, unless they are what changed.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { presentChromium, softwareVulkan } from "./chromium.mjs";
import { installDependencies, requireNode, root } from "./dependencies.mjs";
import { helpIfAsked } from "./help.mjs";
import { run } from "./run.mjs";

helpIfAsked(`Checks types and lint, and runs the unit tests that a change can reach: what differs from the main branch, or from REF.

npm run test:fast -- [REF]`);
requireNode();
await installDependencies();

const git = (...args) => {
  try {
    return execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  } catch {
    return null;
  }
};
const isCommit = (ref) => git("rev-parse", "--verify", "--quiet", `${ref}^{commit}`) !== null;
const [asked] = process.argv.slice(2);
if (git("rev-parse", "HEAD") === null || (asked && !isCommit(asked))) {
  console.error(
    asked ? `${asked} is no commit here.` : "Without a git repository nothing says what changed: npm test.",
  );
  process.exit(2);
}
const main = ["main", "origin/main"].find(isCommit);
const since = git("merge-base", asked ?? main ?? "HEAD", "HEAD") ?? "HEAD";
const changed = [
  ...git("diff", "--name-only", "--diff-filter=d", since).split("\n"),
  ...git("ls-files", "--others", "--exclude-standard").split("\n"),
].filter(Boolean);
if (changed.length === 0) {
  console.log(`Nothing differs from ${git("log", "-1", "--format=%h %s", since)}. npm test checks everything.`);
  process.exit(0);
}

const started = Date.now();
const code = changed.filter((path) => /\.(ts|tsx|mjs|js)$/.test(path));
const failed = [];
/** Runs checks one after the other, each silent where it passes. */
const lane = async (checks) => {
  for (const [name, script, ...args] of checks) {
    const { succeeded, output } = await run(script, args, { quiet: true });
    if (succeeded) continue;
    failed.push(name);
    console.error(`── ${name}\n${output}\n`);
  }
};
await Promise.all([
  lane([
    ["types", "node_modules/typescript-native/bin/tsc", "-p", "."],
    ["lint", "server/setup/lint.mjs", "circles", "unused", "packages"],
  ]),
  lane([
    ...(code.length > 0
      ? [["eslint", "node_modules/eslint/bin/eslint.js", "--max-warnings=0", "--no-warn-ignored", ...code]]
      : []),
    ["format", "node_modules/oxfmt/bin/oxfmt", "--check", "--no-error-on-unmatched-pattern", ...changed],
  ]),
]);
const slow = JSON.parse(readFileSync(new URL("slowTests.json", import.meta.url), "utf8"));
const left = slow.filter((path) => !changed.includes(path));
const chromium = await presentChromium();
const unit = await run(
  "node_modules/vitest/vitest.mjs",
  ["run", "--project", "unit", "--changed", since, "--passWithNoTests", "--reporter=dot"],
  { env: { ...process.env, STUDIO_LEFT_OUT: left.join(","), ...(chromium && softwareVulkan(chromium)) } },
);
if (!unit.succeeded) failed.push("unit");

const seconds = ((Date.now() - started) / 1000).toFixed(0);
console.log(
  `${changed.length} changed files, ${seconds} s: ${failed.length ? `${failed.join(", ")} FAILED` : "passed"}`,
);
process.exit(failed.length ? 1 : 0);
