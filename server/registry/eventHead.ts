import { readdir, readFile, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { RegistryEvent } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { replaceFile } from "../lib/durableFiles.ts";

/** The last event's number and hash, kept beside the log: a log that lost lines at its end still looks whole. */
const headSchema = z.object({ seq: z.int().min(1), hash: z.string() });
type Head = z.infer<typeof headSchema>;

const pathOf = (log: string): string => `${log.replace(/\.jsonl$/, "")}.head.json`;

const read = async (path: string): Promise<Head | null> => {
  try {
    return headSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null; // It did not exist in earlier versions, and says nothing when it is damaged itself.
  }
};

/** The problem when a log ends before the event that its head names, or holds another one there; else null. */
export const lostEvents = async (log: string, events: readonly RegistryEvent[]): Promise<StudioError | null> => {
  const head = await read(pathOf(log));
  if (!head || events[head.seq - 1]?.hash === head.hash) return null;
  return new StudioError(
    "registry-log-lost",
    `${log} holds ${events.length} events; it held ${head.seq}. What was in production is not known, and nothing is written to it.`,
    `Restore the file from a backup. To go on without what is lost, delete ${pathOf(log)} and start again.`,
  );
};

/** Writes the head after its event is on disk. A crash between the two leaves a head that is older, which is no loss. */
export const writeHead = (log: string, { seq, hash }: RegistryEvent): Promise<void> =>
  replaceFile(pathOf(log), `${JSON.stringify({ seq, hash } satisfies Head)}\n`);

/** Removes what a kill in the middle of {@link writeHead} left beside the head. */
export const sweepHead = async (log: string): Promise<void> => {
  const [folder, name] = [dirname(pathOf(log)), basename(pathOf(log))];
  for (const entry of await readdir(folder))
    if (entry.startsWith(`${name}.`) && entry.endsWith(".part")) await rm(join(folder, entry), { force: true });
};
