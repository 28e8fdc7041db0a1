import { open, stat, truncate, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { registryEventSchema, type RegistryEvent } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { present } from "../../src/domain/present.ts";
import { sha256 } from "../lib/hash.ts";
import { syncDirectory } from "../lib/durableFiles.ts";
import { lostEvents, sweepHead, writeHead } from "./eventHead.ts";

export type NewEvent = Omit<RegistryEvent, "seq" | "at" | "hash">;

const GENESIS = "0".repeat(64);

const hashOf = (previous: string, event: Omit<RegistryEvent, "hash">): string =>
  sha256(previous + JSON.stringify(event));

const damaged = (path: string, line: number, why: string): StudioError =>
  new StudioError(
    "registry-log-damaged",
    `Line ${line} of ${path} ${why}.`,
    "The log was altered by hand or by the disk. Restore the file from a backup; the versions themselves are untouched.",
  );

/**
 * The registry's memory: one JSON object a line, each synced to disk before its change counts, each carrying the hash
 * of the one before. A last line that was cut by a crash was never acknowledged and is removed on opening. One process
 * writes; others on the same folder follow what it appends.
 */
export class EventLog {
  readonly events: RegistryEvent[] = [];
  /** Bytes of a torn last line that taking the log over removed. */
  tornBytes = 0;
  /** Set when the log ends before an event that was acknowledged: then nothing may be appended. */
  loss: StudioError | null = null;
  /** Bytes of whole lines that were read or written so far. */
  #bytes = 0;
  #handle: FileHandle | null = null;

  private constructor(readonly path: string) {}

  /** Opens to read, or creates to write. Throws `registry-log-damaged` for anything but a torn last line. */
  static async open(path: string, { writes }: { writes: boolean }): Promise<EventLog> {
    const log = new EventLog(path);
    await log.follow();
    if (writes) await log.own();
    else log.loss = await lostEvents(path, log.events);
    return log;
  }

  /** Reads what was appended since; a line that is being written waits for the next time. @returns the new events */
  async follow(): Promise<RegistryEvent[]> {
    const content = await this.#rest();
    const whole = content.lastIndexOf(0x0a) + 1;
    const found = parse(this.path, content.subarray(0, whole).toString("utf8"), this.events);
    this.events.push(...found);
    this.#bytes += whole;
    return found;
  }

  /** Opened anew each time, so that a shared folder asks its server. */
  async #rest(): Promise<Buffer> {
    const handle = await open(this.path, "r").catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "ENOENT") return null;
      throw thrown;
    });
    try {
      const size = handle ? (await handle.stat()).size : 0;
      if (size < this.#bytes) throw damaged(this.path, this.events.length, "is gone");
      const rest = Buffer.alloc(size - this.#bytes);
      const read = handle && rest.length > 0 ? await handle.read(rest, 0, rest.length, this.#bytes) : null;
      return rest.subarray(0, read?.bytesRead ?? 0);
    } finally {
      await handle?.close();
    }
  }

  /** Begins to write, where no other process does. @returns events that came since the last look */
  async own(): Promise<RegistryEvent[]> {
    const found = await this.follow();
    const size = (await stat(this.path).catch(() => null))?.size ?? 0;
    this.tornBytes = size - this.#bytes;
    if (this.tornBytes > 0) await truncate(this.path, this.#bytes);
    this.#handle = await open(this.path, "a", 0o644);
    await this.#handle.sync();
    await syncDirectory(dirname(this.path));
    await sweepHead(this.path);
    this.loss = await lostEvents(this.path, this.events);
    const last = this.events.at(-1);
    if (last && !this.loss) await writeHead(this.path, last);
    return found;
  }

  /**
   * Resolves when the event is on disk. Calls must not overlap; the registry's mutex sees to that.
   * @throws StudioError `registry-log-lost`
   */
  async append(event: NewEvent): Promise<RegistryEvent> {
    if (this.loss) throw this.loss;
    const handle = present(this.#handle, "log opened to write");
    const last = this.events.at(-1);
    // Time never runs backwards in the log, whatever the clock does: "what served at T" stays well defined.
    const at = new Date(Math.max(Date.now(), last ? Date.parse(last.at) : 0)).toISOString();
    const unsigned = { seq: (last?.seq ?? 0) + 1, at, ...event };
    const signed: RegistryEvent = { ...unsigned, hash: hashOf(last?.hash ?? GENESIS, unsigned) };
    const line = `${JSON.stringify(signed)}\n`;
    const { size } = await handle.stat();
    try {
      await handle.appendFile(line);
      await handle.sync();
    } catch (thrown) {
      await handle.truncate(size); // A full disk must not leave half a line before the next event.
      throw thrown;
    }
    this.#bytes += Buffer.byteLength(line);
    this.events.push(signed);
    await writeHead(this.path, signed);
    return signed;
  }

  /** Ends the writing; what others append can still be followed. */
  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}

/** Events of whole lines that follow those that are known. */
const parse = (path: string, text: string, known: readonly RegistryEvent[]): RegistryEvent[] => {
  const events: RegistryEvent[] = [];
  const lines = text.split("\n").slice(0, -1);
  for (const [place, line] of lines.entries()) {
    const index = known.length + place;
    const event = parseLine(line);
    if (!event) throw damaged(path, index + 1, "is not an event");
    const { hash, ...unsigned } = event;
    if (event.seq !== index + 1) throw damaged(path, index + 1, `has number ${event.seq}`);
    if (hash !== hashOf((events.at(-1) ?? known.at(-1))?.hash ?? GENESIS, unsigned))
      throw damaged(path, index + 1, "does not match its hash");
    events.push(event);
  }
  return events;
};

const parseLine = (line: string): RegistryEvent | null => {
  try {
    const value: unknown = JSON.parse(line);
    // The value is kept as written, not as zod orders it: the hash is over the written form.
    return registryEventSchema.safeParse(value).success ? (value as RegistryEvent) : null;
  } catch {
    return null;
  }
};
