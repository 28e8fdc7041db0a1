import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as wait } from "node:timers/promises";
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

/** The packages of a lock file by their path; none where there is no such file, or it was not written to its end. */
const packagesOf = (lock) => {
  try {
    const { packages = {} } = JSON.parse(readFileSync(lock, "utf8"));
    return Object.entries(packages).filter(([path]) => path.startsWith("node_modules/"));
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) return [];
    throw error;
  }
};

/** Whether npm leaves a package out here: an optional one for other systems, such as the binaries of esbuild. */
const isForeign = ({ optional, os, cpu }) => {
  const others = (named, own) =>
    named && !(named.includes(own) || (named[0]?.startsWith("!") && !named.includes(`!${own}`)));
  return optional === true && Boolean(others(os, process.platform) || others(cpu, process.arch));
};

/**
 * Whether node_modules holds what package-lock.json names. npm notes what it installed once all is in place, and the notes are compared,
 * not the times: a clone's lock file is newer than packages that were copied or linked, and may name the same.
 */
const isInstalled = (folder) => {
  const there = new Map(packagesOf(join(folder, "node_modules/.package-lock.json")));
  if (there.size === 0) return false;
  return packagesOf(join(folder, "package-lock.json")).every(([path, { version, integrity, optional }]) => {
    const found = there.get(path);
    return found ? found.version === version && found.integrity === integrity : optional === true;
  });
};

/** Packages of a folder's node_modules that have arrived: npm makes all their folders first, and fills them in minutes. */
const arrived = (folder, names) => names.filter((path) => existsSync(join(folder, path, "package.json"))).length;

const isRunning = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
};

/**
 * Takes a folder's installation for this process, since two in one folder break each other. Waits while another process has it;
 * what a dead one left is taken over. The mark lies outside of node_modules, which npm removes.
 *
 * @returns gives it free
 */
const takeInstallation = async (folder) => {
  const name = createHash("sha256").update(resolve(folder)).digest("hex").slice(0, 16);
  const mark = join(tmpdir(), `recall-studio-install-${name}`);
  const owner = () => (existsSync(mark) ? Number(readFileSync(mark, "utf8")) : 0);
  let said = false;
  for (;;) {
    try {
      writeFileSync(mark, String(process.pid), { flag: "wx" });
      return () => rmSync(mark, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    const seen = owner();
    if (seen > 0 && isRunning(seen)) {
      if (!said) console.log("Another command is installing the packages; waiting for it.");
      said = true;
    }
    await wait(300);
    // Its owner is dead, or never wrote to it.
    if (owner() === seen && !(seen > 0 && isRunning(seen))) rmSync(mark, { force: true });
  }
};

/**
 * Installs exactly what package-lock.json names, unless that is already there. npm itself says nothing for minutes, so that what goes
 * on is said every `everyMs`.
 */
export const installDependencies = async ({
  folder = root,
  everyMs = 5_000,
  npmPath = process.env.npm_execpath,
} = {}) => {
  if (isInstalled(folder)) return;
  const free = await takeInstallation(folder);
  if (isInstalled(folder)) return free();
  const names = packagesOf(join(folder, "package-lock.json"))
    .filter(([path, entry]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !isForeign(entry))
    .map(([path]) => path);
  const wanted = names.length;
  console.log(
    `Installing ${wanted} packages that package-lock.json names; the first time this takes a minute or more …`,
  );
  process.env.ONNXRUNTIME_NODE_INSTALL = "skip"; // its script would fetch CUDA; the CPU binary is in the package
  const options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // Under `npm run` npm tells where it is; by name it is no program on Windows but a script for the shell.
  const [command, args] = npmPath?.endsWith("npm-cli.js")
    ? [process.execPath, [npmPath, ...options]]
    : ["npm", options];
  const began = Date.now();
  // Packages of an earlier installation lie there until npm exchanges them; they say nothing about this one.
  const before = arrived(folder, names);
  let moved = false;
  const said = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    const there = arrived(folder, names);
    moved ||= there !== before;
    const state = `${there} of ${wanted} packages are unpacked`;
    const now = !moved ? "npm is fetching packages" : there < wanted ? state : `${state}; npm is finishing its work`;
    console.log(`  ${seconds} s: ${now}`);
  }, everyMs);
  const npm = spawn(command, args, { cwd: folder, stdio: "inherit" });
  /** npm does not end with the process that started it; the folder is free when it has ended. */
  let ended = false;
  const end = (signal) => {
    ended = true;
    npm.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, end);
  const status = await new Promise((done) =>
    npm.on("exit", (code) => done(code)).on("error", (error) => (console.error(error.message), done(null))),
  );
  for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, end);
  clearInterval(said);
  free();
  if (ended) process.exit(1);
  if (status === 0) return;
  console.error(
    `\nInstalling packages failed: npm ci (exit ${status ?? "unknown"}). Its own message stands above; look at the network, and start again.`,
  );
  process.exit(1);
};
