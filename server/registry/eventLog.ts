import { open, readFile, truncate, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { registryEventSchema, type RegistryEvent } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
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
 * of the one before. A last line that was cut by a crash was never acknowledged and is removed on opening.
 */
export class EventLog {
  private constructor(
    readonly path: string,
    readonly events: RegistryEvent[],
    /** Bytes of a torn last line that opening removed. */
    readonly tornBytes: number,
    /** Set when the log ends before an event that was acknowledged: then nothing may be appended. */
    readonly loss: StudioError | null,
    private readonly handle: FileHandle,
  ) {}

  /** Opens or creates. Throws `registry-log-damaged` for anything but a torn last line. */
  static async open(path: string): Promise<EventLog> {
    const content = await readFile(path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "ENOENT") return Buffer.alloc(0);
      throw thrown;
    });
    const whole = content.lastIndexOf(0x0a) + 1;
    const events = parse(path, content.subarray(0, whole).toString("utf8"));
    if (whole < content.length) await truncate(path, whole);
    const handle = await open(path, "a", 0o644);
    await handle.sync();
    await syncDirectory(dirname(path));
    await sweepHead(path);
    const loss = await lostEvents(path, events);
    const last = events.at(-1);
    if (last && !loss) await writeHead(path, last);
    return new EventLog(path, events, content.length - whole, loss, handle);
  }

  /**
   * Resolves when the event is on disk. Calls must not overlap; the registry's mutex sees to that.
   * @throws StudioError `registry-log-lost`
   */
  async append(event: NewEvent): Promise<RegistryEvent> {
    if (this.loss) throw this.loss;
    const last = this.events.at(-1);
    // Time never runs backwards in the log, whatever the clock does: "what served at T" stays well defined.
    const at = new Date(Math.max(Date.now(), last ? Date.parse(last.at) : 0)).toISOString();
    const unsigned = { seq: (last?.seq ?? 0) + 1, at, ...event };
    const signed: RegistryEvent = { ...unsigned, hash: hashOf(last?.hash ?? GENESIS, unsigned) };
    const { size } = await this.handle.stat();
    try {
      await this.handle.appendFile(`${JSON.stringify(signed)}\n`);
      await this.handle.sync();
    } catch (thrown) {
      await this.handle.truncate(size); // A full disk must not leave half a line before the next event.
      throw thrown;
    }
    this.events.push(signed);
    await writeHead(this.path, signed);
    return signed;
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

const parse = (path: string, text: string): RegistryEvent[] => {
  const events: RegistryEvent[] = [];
  const lines = text.split("\n").slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const event = parseLine(line);
    if (!event) throw damaged(path, index + 1, "is not an event");
    const { hash, ...unsigned } = event;
    if (event.seq !== index + 1) throw damaged(path, index + 1, `has number ${event.seq}`);
    if (hash !== hashOf(events.at(-1)?.hash ?? GENESIS, unsigned))
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
