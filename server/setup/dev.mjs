// `npm run dev`: the API with reload on change, and the page with hot reload in front of it.
import { spawn } from "node:child_process";
import { installDependencies, requireNode, root } from "./dependencies.mjs";
import { helpIfAsked } from "./help.mjs";

helpIfAsked(`Serves the API with reload on change, and the page with hot reload in front of it.

npm run dev`);
requireNode();
await installDependencies();

const children = [
  spawn(process.execPath, ["node_modules/tsx/dist/cli.mjs", "watch", "server/main.ts"], {
    cwd: root,
    stdio: "inherit",
  }),
  spawn(process.execPath, ["node_modules/vite/bin/vite.js"], { cwd: root, stdio: "inherit" }),
];
const stop = () => children.forEach((child) => child.kill());
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, stop);
for (const child of children)
  child.on("exit", (code) => {
    stop();
    process.exitCode ||= code ?? 0;
  });
