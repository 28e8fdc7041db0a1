import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockDirectory, LockWatch, takeDirectory } from "./directoryLock.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lock-"));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (holder: object) => writeFile(join(folder, ".lock"), JSON.stringify(holder));

it("keeps a second one out, names the holder with its address, and is free after its release", async () => {
  const lock = await lockDirectory(folder, "thing");
  await lock.announce("http://127.0.0.1:4680");
  await expect(lockDirectory(folder, "thing")).rejects.toMatchObject({
    code: "directory-in-use",
    message: expect.stringContaining(`process ${process.pid}, http://127.0.0.1:4680`),
  });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

it("takes over from a process that is gone, once, however many try; the old one's release leaves the new lock alone", async () => {
  const old = await lockDirectory(folder, "thing");
  await write({ ...JSON.parse(await readFile(join(folder, ".lock"), "utf8")), pid: 2 ** 30, token: "gone" });
  const tries = await Promise.all(Array.from({ length: 5 }, () => takeDirectory(folder, new LockWatch(folder))));
  const locks = tries.flatMap((one) => ("lock" in one ? [one.lock] : []));
  const held = await Promise.all(locks.map((lock) => lock.holds()));
  expect(held.filter(Boolean)).toHaveLength(1);
  expect(await old.holds()).toBe(false);
  await old.release();
  expect(await readdir(folder)).toEqual([".lock"]);
  for (const lock of locks) await lock.release();
});

it("judges a holder on another machine by whether its lock is touched, not by a process id of its own", async () => {
  // This very process id: here it would count as alive.
  await write({ pid: process.pid, started: null, host: "elsewhere pid:[1]", token: "theirs" });
  const path = join(folder, ".lock");
  const watch = new LockWatch(folder, 60);
  expect(await takeDirectory(folder, watch)).toEqual({ words: `process ${process.pid} on elsewhere`, alive: null });
  await utimes(path, new Date(), new Date(Date.now() + 5000));
  expect(await takeDirectory(folder, watch)).toMatchObject({ alive: true });
  let beat = 6000;
  const touching = setInterval(() => void utimes(path, new Date(), new Date(Date.now() + (beat += 1000))), 100);
  await expect(lockDirectory(folder, "thing").finally(() => clearInterval(touching))).rejects.toMatchObject({
    code: "directory-in-use",
    message: expect.stringContaining("elsewhere"),
  });
  await new Promise((resolve) => setTimeout(resolve, 80));
  await takeDirectory(folder, watch); // Sees the last touch.
  await new Promise((resolve) => setTimeout(resolve, 80));
  const taken = await takeDirectory(folder, watch);
  expect("lock" in taken).toBe(true);
  if ("lock" in taken) await taken.lock.release();
});
