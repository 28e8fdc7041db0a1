// `npm run lint`: everything that can be said of the code without running it. `npm run lint -- circles` runs only that check.
import { installDependencies, requireNode } from "./dependencies.mjs";
import { helpIfAsked } from "./help.mjs";
import { run } from "./run.mjs";

helpIfAsked(`Says everything that can be said of the code without running it.

npm run lint -- [eslint | circles | unused | packages | sizes …]`);
requireNode();
await installDependencies();

const checks = {
  eslint: ["node_modules/eslint/bin/eslint.js", ".", "--max-warnings=0"],
  circles: [
    "node_modules/dependency-cruiser/bin/dependency-cruise.mjs",
    "--config",
    ".dependency-cruiser.mjs",
    "src",
    "server",
    "e2e",
  ],
  unused: ["node_modules/knip/bin/knip.js", "--no-progress"],
  packages: ["--import", "./server/lib/typescript.mjs", "server/setup/checkPackages.ts"],
  sizes: ["--import", "./server/lib/typescript.mjs", "server/setup/checkSizes.ts"],
};
const only = process.argv.slice(2);
const unknown = only.filter((name) => !(name in checks));
if (unknown.length > 0) {
  console.error(`No such check: ${unknown.join(", ")}. Checks: ${Object.keys(checks).join(", ")}.`);
  process.exit(2);
}

const chosen = Object.entries(checks).filter(([name]) => only.length === 0 || only.includes(name));
/** One after the other. What passes is silent. */
const lane = async (entries) => {
  for (const [name, [script, ...args]] of entries) {
    const { succeeded, output } = await run(script, args, { quiet: true });
    if (succeeded) continue;
    console.error(`── ${name}\n${output || "It failed without a word."}\n`);
    process.exitCode = 1;
  }
};
// ESLint takes one core for as long as the others take the second.
await Promise.all([
  lane(chosen.filter(([name]) => name === "eslint")),
  lane(chosen.filter(([name]) => name !== "eslint")),
]);
