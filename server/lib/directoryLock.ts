import { open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { StudioError } from "../../src/domain/errors.ts";
import { retry, TransientFailure } from "./retry.ts";

/** A held lock; `release` gives it back. */
export interface DirectoryLock {
  release(): Promise<void>;
}

interface Holder {
  pid: number;
  /** Start of the process in clock ticks since boot (Linux), which tells a reused process id from the old one. */
  started: string | null;
}

const startOf = async (pid: number): Promise<string | null> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // Field 22; the command name (field 2) may hold spaces, so count from its closing bracket.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null; // Not Linux, or the process is gone: the signal below decides.
  }
};

const isAlive = async (holder: Holder): Promise<boolean> => {
  try {
    process.kill(holder.pid, 0);
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === "EPERM";
  }
  return holder.started === null || (await startOf(holder.pid)) === holder.started;
};

/**
 * Takes a directory for this process alone. A lock left by a process that was killed is taken over.
 * Throws `directory-in-use` when a living process holds it.
 */
export const lockDirectory = async (directory: string, what: string): Promise<DirectoryLock> => {
  const path = join(directory, ".lock");
  await retry(() => takeLock(path, directory, what), { attempts: 3, first: 0, longest: 0 }).catch((thrown: unknown) => {
    if (!(thrown instanceof TransientFailure)) throw thrown;
    throw new StudioError(
      "directory-in-use",
      `The lock of the ${what} in ${directory} could not be taken.`,
      "Another server is starting on the same directory; stop one of them.",
    );
  });
  return { release: () => rm(path, { force: true }) };
};

/** @throws TransientFailure when a lock without a living holder was removed */
const takeLock = async (path: string, directory: string, what: string): Promise<void> => {
  try {
    const handle = await open(path, "wx", 0o600);
    await handle.writeFile(JSON.stringify({ pid: process.pid, started: await startOf(process.pid) } satisfies Holder));
    return await handle.close();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
  }
  const holder = await readHolder(path);
  if (holder && (await isAlive(holder)))
    throw new StudioError(
      "directory-in-use",
      `Another Recall Studio server (process ${holder.pid}) is using the ${what} in ${directory}.`,
      "Stop that server, or give this one another directory with MODELS_DIR and STUDIO_DATA_DIR.",
    );
  await rm(path, { force: true });
  throw new TransientFailure("a lock was left behind");
};

/** Null when the holder was killed between creating and writing the lock, or released it just now. */
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
