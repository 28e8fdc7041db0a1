// `npm run train|evaluate|data:check|bench|…`: a command of server/cli or src/bench/cli on a machine that may be fresh.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { installDependencies, requireNode, root } from "./dependencies.mjs";

requireNode();
await installDependencies();

const [name, ...args] = process.argv.slice(2);
const file = ["server/cli", "src/bench/cli"]
  .map((folder) => `${folder}/${name}.ts`)
  .find((path) => existsSync(`${root}/${path}`));
if (!name || !file) {
  console.error(`No such command: ${name ?? "(none)"}.`);
  process.exit(2);
}
// npm changes to the project's folder; paths that the person typed are meant from where they stood.
const cwd = process.env.INIT_CWD ?? process.cwd();
const loader = new URL("../lib/typescript.mjs", import.meta.url).href;
const { status, signal } = spawnSync(process.execPath, ["--import", loader, `${root}/${file}`, ...args], {
  cwd,
  stdio: "inherit",
});
process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
