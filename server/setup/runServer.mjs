import { spawn } from "node:child_process";
import { clearInterval, setInterval } from "node:timers";

/** How often is looked whether whoever started this process still lives. */
const LOOK_MS = 500;

/**
 * Runs a Node program to its end as a part of this process: a signal to this process ends it, and so does the end of whoever started
 * this process. npm puts a shell between itself and a script; `kill` of npm ends the shell, and nobody would tell the program.
 */
export const runServer = (args, { cwd, parent = process.ppid } = {}) => {
  const child = spawn(process.execPath, args, { cwd, stdio: "inherit" });
  // Ctrl-C reaches the child by the terminal; a service manager signals only this process.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  // Windows has no orphans to look for: there the parent's id stays.
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    child.kill("SIGTERM");
  }, LOOK_MS);
  child.on("exit", (code, signal) => process.exit(code ?? (signal ? 0 : 1)));
};
