import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "studio-start-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const until = async (holds: () => boolean): Promise<void> => {
  await expect.poll(holds, { timeout: 15_000, interval: 50 }).toBe(true);
};

test.skipIf(process.platform === "win32")("the server ends when whoever started npm's script is killed", async () => {
  const pidFile = join(folder, "pid");
  const server = join(folder, "server.mjs");
  const script = join(folder, "script.mjs");
  writeFileSync(
    server,
    `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000);`,
  );
  writeFileSync(
    script,
    `import { runServer } from ${JSON.stringify(resolve(import.meta.dirname, "runServer.mjs"))}; runServer([${JSON.stringify(server)}]);`,
  );
  // A second command keeps the shell from giving its place to the first one.
  const shell = spawn("sh", ["-c", `"${process.execPath}" "${script}"; true`], { stdio: "ignore" });
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "");
  const pid = Number(readFileSync(pidFile, "utf8"));
  expect(alive(pid)).toBe(true);
  shell.kill("SIGTERM");
  await until(() => !alive(pid));
});
