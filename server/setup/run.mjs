import { spawn } from "node:child_process";
import { root } from "./dependencies.mjs";

/**
 * Runs a Node script in the project to its end. A quiet one gives its output back instead of printing it; one that cannot
 * start has failed.
 */
export const run = (script, args, { quiet = false, env = process.env } = {}) =>
  new Promise((resolve) => {
    const stdio = quiet ? ["ignore", "pipe", "pipe"] : "inherit";
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio, env });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += chunk));
    child.once("close", (status) => resolve({ succeeded: status === 0, output: output.trimEnd() }));
    child.once("error", ({ message }) => resolve({ succeeded: false, output: `${output}${message}` }));
  });
