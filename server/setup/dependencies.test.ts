import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "studio-install-"));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({
      packages: {
        "": {},
        "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
        "node_modules/@s/b": {},
        "node_modules/a/node_modules/c": {},
        "node_modules/of-another-system": { optional: true, os: ["none"] },
      },
    }),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Installs with a stand-in for npm, in a process of its own. */
const install = (npm: string) => {
  const npmPath = join(folder, "npm-cli.js");
  writeFileSync(npmPath, npm);
  const code = `import { installDependencies } from ${JSON.stringify(resolve(import.meta.dirname, "dependencies.mjs"))};
    await installDependencies(${JSON.stringify({ folder, everyMs: 100, npmPath })});`;
  return promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { cwd: folder });
};

test("says how many packages there are, and while npm is silent how many are unpacked, not how many folders are made", async () => {
  const { stdout } = await install(`const { mkdirSync, writeFileSync } = require("node:fs");
  setTimeout(() => {
    for (const name of ["a", "@s/b"]) mkdirSync("node_modules/" + name, { recursive: true });
    writeFileSync("node_modules/a/package.json", "{}");
    setTimeout(() => writeFileSync("node_modules/@s/b/package.json", "{}"), 400);
    setTimeout(() => {}, 800);
  }, 600);`);
  expect(stdout).toContain("Installing 2 packages that package-lock.json names");
  expect(stdout).toMatch(/\d s: npm is fetching packages/);
  expect(stdout).toMatch(/\d s: 1 of 2 packages are unpacked\n/);
  expect(stdout).toMatch(/\d s: 2 of 2 packages are unpacked; npm is finishing its work/);
});

test("packages of an earlier installation are not counted as progress", async () => {
  mkdirSync(join(folder, "node_modules/old"), { recursive: true });
  const { stdout } = await install("setTimeout(() => {}, 350);");
  expect(stdout).toMatch(/\d s: npm is fetching packages/);
  expect(stdout).not.toContain("unpacked");
});

test("a failed installation ends the command and says so", async () => {
  await expect(install("process.exit(7)")).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Installing packages failed: npm ci (exit 7)") as string,
  });
});

test("a command that is stopped gives the folder free when npm has ended, not before", async () => {
  const stopped = install(`const { writeFileSync } = require("node:fs");
    process.on("SIGTERM", () => setTimeout(() => (writeFileSync("ended", ""), process.exit(1)), 500));
    setTimeout(() => {}, 20_000);
    writeFileSync("begun", "");`);
  await expect.poll(() => existsSync(join(folder, "begun"))).toBe(true);
  stopped.child.kill("SIGTERM");
  await expect(stopped).rejects.toMatchObject({ code: 1, stderr: "" });
  expect(existsSync(join(folder, "ended"))).toBe(true);
});

test("two commands at once install once: one waits, and finds all in place", async () => {
  const npm = `setTimeout(() => {
    require("node:fs").mkdirSync("node_modules", { recursive: true });
    require("node:fs").copyFileSync("package-lock.json", "node_modules/.package-lock.json");
  }, 3000);`;
  const said = (await Promise.all([install(npm), install(npm)])).map(({ stdout }) => stdout);
  const [waited, installed] = said.sort();
  expect(waited).toBe("Another command is installing the packages; waiting for it.\n");
  expect(installed).toContain("Installing 2 packages");
});

test("installs where another version, or half a note of one, is in place, and not because the lock file is newer", async () => {
  const lock = join(folder, "package-lock.json");
  const installed = join(folder, "node_modules/.package-lock.json");
  const same = readFileSync(lock, "utf8");
  const soon = new Date(Date.now() + 60_000);
  const said = async (note: string) => {
    writeFileSync(installed, note);
    utimesSync(lock, soon, soon);
    return (await install("")).stdout;
  };
  expect(await said(same)).toBe("");
  expect(await said(same.replace("1.0.0", "1.0.1"))).toContain("Installing 2 packages");
  expect(await said(same.replace("sha512-a", "sha512-b"))).toContain("Installing 2 packages");
  expect(await said(same.slice(0, 40))).toContain("Installing 2 packages");
  // What npm leaves out on this system is not missed; anything else is.
  const without = (name: string) => {
    const { packages } = JSON.parse(same) as { packages: Record<string, object> };
    return JSON.stringify({ packages: Object.fromEntries(Object.entries(packages).filter(([path]) => path !== name)) });
  };
  expect(await said(without("node_modules/of-another-system"))).toBe("");
  expect(await said(without("node_modules/@s/b"))).toContain("Installing 2 packages");
});
