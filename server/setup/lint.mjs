// `npm run lint`: everything that can be said of the code without running it. `npm run lint -- circles` runs only that check.
import { spawn } from "node:child_process";
import { installDependencies, requireNode, root } from "./dependencies.mjs";

requireNode();
installDependencies();

const checks = {
  eslint: ["eslint/bin/eslint.js", ".", "--max-warnings=0"],
  circles: [
    "dependency-cruiser/bin/dependency-cruise.mjs",
    "--config",
    ".dependency-cruiser.mjs",
    "src",
    "server",
    "e2e",
  ],
  unused: ["knip/bin/knip.js", "--no-progress"],
  packages: ["tsx/dist/cli.mjs", "server/setup/checkPackages.ts"],
};
const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(", ")}. Checks: ${Object.keys(checks).join(", ")}.`);
  process.exit(2);
}

/** Runs one check to its end; resolves to what it printed, or to nothing where it passed. */
const complaints = ([script, ...args]) =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [`node_modules/${script}`, ...args], { cwd: root });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.once("error", (error) => resolve(error.message));
    child.once("close", (status) => resolve(status === 0 ? undefined : output.trim() || `exit ${status}`));
  });

// ESLint takes one core for as long as the others take the second.
const chosen = Object.entries(checks).filter(([name]) => only.length === 0 || only.includes(name));
const eslint = chosen.filter(([name]) => name === "eslint");
const others = chosen.filter(([name]) => name !== "eslint");
const lane = async (entries) => {
  for (const [name, command] of entries) {
    const found = await complaints(command);
    if (found === undefined) continue;
    console.error(`── ${name}\n${found}\n`);
    process.exitCode = 1;
  }
};
await Promise.all([lane(eslint), lane(others)]);
