// `npm start`: from a clean clone to a running studio.
import { spawn } from "node:child_process";
import { installDependencies, requireNode, root } from "./dependencies.mjs";
import { buildPage } from "./page.mjs";

requireNode();
installDependencies();
buildPage();

const server = spawn(process.execPath, ["--import", "tsx", "server/main.ts", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
// Ctrl-C reaches the server by the terminal; a service manager signals only this process.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
server.on("exit", (code, signal) => process.exit(code ?? (signal ? 0 : 1)));
