import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder of package.json. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a command in the project, its output shown; ends this process when it fails. */
export const mustRun = (command, args, why) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit", env: process.env });
  if (status === 0) return;
  console.error(`\n${why} failed: ${command} ${args.join(" ")} (exit ${status ?? "unknown"}).`);
  process.exit(1);
};

/** Refuses a Node that cannot run the studio, in words. */
export const requireNode = () => {
  const { engines } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(
    `Recall Studio needs Node ${engines.node}; this is ${process.version}. Get one from https://nodejs.org.`,
  );
  process.exit(1);
};

/** Installs exactly what package-lock.json names, unless that is already there. */
export const installDependencies = () => {
  const installed = `${root}/node_modules/.package-lock.json`;
  const lock = `${root}/package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return;
  console.log("Installing the packages that package-lock.json names …");
  process.env.ONNXRUNTIME_NODE_INSTALL = "skip"; // its script would fetch CUDA; the CPU binary is in the package
  const options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // Under `npm run` npm tells where it is; by name it is no program on Windows but a script for the shell.
  const npm = process.env.npm_execpath;
  if (npm?.endsWith("npm-cli.js")) mustRun(process.execPath, [npm, ...options], "Installing packages");
  else mustRun("npm", options, "Installing packages");
};
