import { randomUUID } from "node:crypto";
import { open, readFile, readlink, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StudioError } from "../../src/domain/errors.ts";
import { replaceFile } from "./durableFiles.ts";
import { retry, TransientFailure } from "./retry.ts";

/** A held lock. */
export interface DirectoryLock {
  /** Whether it is still ours: a server that was stopped for long (suspended, cut off) may have been taken for dead. */
  holds(): Promise<boolean>;
  /** Says in the lock at which address its holder answers. */
  announce(address: string): Promise<void>;
  /** Gives it back, unless another has it by now. */
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  /** Start of the process in clock ticks since boot (Linux), which tells a reused process id from the old one. */
  started: string | null;
  /** Machine and process namespace: elsewhere a process id says nothing. */
  host?: string;
  /** Tells this lock from any other. */
  token?: string;
  address?: string;
}

/** So often a holder touches its lock, for those who cannot see its process. */
const BEAT_MS = 5000;
/** A lock of another machine that was not touched for so long is left behind. */
const STILL_MS = 20_000;

const pathIn = (directory: string): string => join(directory, ".lock");

/** Containers on one machine have process ids of their own. */
const here = async (): Promise<string> => `${hostname()} ${await readlink("/proc/self/ns/pid").catch(() => "")}`.trim();

const startOf = async (pid: number): Promise<string | null> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // Field 22; the command name (field 2) may hold spaces, so count from its closing bracket.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null; // Not Linux, or the process is gone: the signal below decides.
  }
};

const runs = async (holder: Holder): Promise<boolean> => {
  try {
    process.kill(holder.pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
  return holder.started === null || (await startOf(holder.pid)) === holder.started;
};

/** Who holds a directory, and whether that server lives, as seen over time. */
export class LockWatch {
  #seen: { token: string | undefined; touched: number; at: number } | null = null;

  constructor(
    private readonly directory: string,
    private readonly stillMs = STILL_MS,
  ) {}

  /**
   * @returns null when nobody holds it; `alive` is false once the holder's process is gone, or, on another machine, once its
   *   lock was not touched for 20 s of this watch; it is null until that is known
   */
  async look(): Promise<{ words: string; alive: boolean | null; holder: Holder } | null> {
    const path = pathIn(this.directory);
    const holder = await readHolder(path);
    const touched = holder && (await stat(path).catch(() => null))?.mtimeMs;
    if (!holder || touched === null || touched === undefined) return null;
    const [machine] = (holder.host ?? hostname()).split(" ");
    const where = holder.host === undefined || holder.host === (await here()) ? "" : ` on ${machine}`;
    const words = `process ${holder.pid}${where}${holder.address ? `, ${holder.address}` : ""}`;
    if (where === "") return { words, alive: await runs(holder), holder };
    if (wasGone(holder)) return { words, alive: false, holder };
    if (!this.#seen || this.#seen.token !== holder.token) {
      this.#seen = { token: holder.token, touched, at: performance.now() };
      return { words, alive: null, holder };
    }
    if (this.#seen.touched !== touched) {
      this.#seen = { token: holder.token, touched, at: performance.now() };
      return { words, alive: true, holder };
    }
    if (performance.now() - this.#seen.at < this.stillMs) return { words, alive: null, holder };
    gone.set(keyOf(holder), performance.now());
    return { words, alive: false, holder };
  }
}

/** Holders on other machines that were found gone just now: their next lock, of the next folder, is not watched as long again. */
const gone = new Map<string, number>();
const keyOf = ({ host, pid, started }: Holder): string => `${host} ${pid} ${started}`;
const wasGone = (holder: Holder): boolean => performance.now() - (gone.get(keyOf(holder)) ?? -Infinity) < 60_000;

/**
 * Takes a directory for this process alone; `hint` is what a refused one is advised. A lock left by a process that was killed is taken over; that of another machine after
 * its holder has not been heard of for 20 s.
 * Throws `directory-in-use` when a living process holds it.
 */
export const lockDirectory = async (
  directory: string,
  what: string,
  hint = "Stop that server, or give this one another directory with MODELS_DIR and STUDIO_DATA_DIR.",
): Promise<DirectoryLock> => {
  const watch = new LockWatch(directory);
  for (;;) {
    const taken = await takeDirectory(directory, watch);
    if ("lock" in taken) return taken.lock;
    if (taken.alive !== null)
      throw new StudioError(
        "directory-in-use",
        `Another Recall Studio server (${taken.words}) is using the ${what} in ${directory}.`,
        hint,
      );
    await pause(500);
  }
};

/** Takes a directory if nobody holds it, or its holder is gone; else says who holds it, and whether that is known to live. */
export const takeDirectory = async (
  directory: string,
  watch: LockWatch,
): Promise<{ lock: DirectoryLock } | { words: string; alive: boolean | null }> => {
  const path = pathIn(directory);
  // Between a look and the taking of the lock another may be quicker; then it is looked at again.
  const attempt = async () => {
    const lock = await create(path);
    if (lock) return { lock };
    const found = await watch.look();
    if (found && found.alive !== false) return { words: found.words, alive: found.alive };
    await setAside(path, found?.holder.token);
    throw new TransientFailure("a lock was left behind");
  };
  return retry(attempt, { attempts: 3, first: 0, longest: 0 }).catch((thrown: unknown) => {
    if (!(thrown instanceof TransientFailure)) throw thrown;
    return { words: "it is starting too", alive: true };
  });
};

/** @returns null when there is a lock */
const create = async (path: string): Promise<DirectoryLock | null> => {
  const token = randomUUID();
  const own: Holder = { pid: process.pid, started: await startOf(process.pid), host: await here(), token };
  try {
    const handle = await open(path, "wx", 0o600);
    await handle.writeFile(JSON.stringify(own));
    await handle.close();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return null;
    throw thrown;
  }
  const holds = async () => (await readHolder(path))?.token === token;
  // What fails is seen by whoever asks `holds`, or takes the lock for left behind.
  const beating = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MS);
  beating.unref();
  return {
    holds,
    announce: async (address) => {
      if (await holds()) await replaceFile(path, JSON.stringify({ ...own, address }));
    },
    release: async () => {
      clearInterval(beating);
      if (await holds()) await rm(path, { force: true });
    },
  };
};

/** Removes a lock that was left behind, and none that another has taken meanwhile. */
const setAside = async (path: string, token: string | undefined): Promise<void> => {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return; // Released, or set aside by another.
    throw thrown;
  }
  if ((await readHolder(aside))?.token === token) return rm(aside, { force: true });
  await rename(aside, path);
};

/** Null when there is no lock, or its holder was killed between creating and writing it. */
const readHolder = async (path: string): Promise<Holder | null> => {
  // A process that has just created the file may not have written it yet.
  const reading = retry(
    async () => {
      const text = await readFile(path, "utf8");
      try {
        return JSON.parse(text) as Holder;
      } catch (cause) {
        throw new TransientFailure("the lock is being written", null, { cause });
      }
    },
    { attempts: 5, first: 20, longest: 40 },
  );
  const holder = await reading.catch((thrown: unknown) => {
    if (thrown instanceof TransientFailure || (thrown as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw thrown;
  });
  return holder && Number.isInteger(holder.pid) ? holder : null;
};
