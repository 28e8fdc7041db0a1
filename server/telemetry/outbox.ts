import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { replaceFile } from "../lib/durableFiles.ts";
import { Mutex } from "../lib/mutex.ts";
import { retry, TransientFailure } from "../lib/retry.ts";

/** One thing to deliver. */
export interface Parcel {
  path: string;
  method: "POST" | "PUT";
  body: unknown;
  /** How many spans, scores or tasks it holds, for the counters. */
  items: number;
}

/**
 * What happened to one attempt. `retry` keeps the parcel, `split` halves it, `drop` counts it as lost; of one that was
 * delivered, `refused` are the items that the other side did not take.
 */
export type Delivery =
  | { kind: "delivered"; refused?: { items: number; error: string } }
  | { kind: "retry"; afterMs: number | null; error: string }
  /** Without an error it is no failure: smaller parcels are wanted. */
  | { kind: "split"; error: string | null }
  | { kind: "drop"; error: string };

export interface OutboxStatus {
  queued: number;
  delivered: number;
  dropped: number;
  /** Code and time of the last failure, null since the last success. */
  lastError: { code: string; at: string } | null;
}

export interface OutboxOptions {
  folder: string;
  maxBytes: number;
  deliver: (parcel: Parcel, signal: AbortSignal) => Promise<Delivery>;
  /** Halves a parcel, or null when it holds one item. */
  split: (parcel: Parcel) => [Parcel, Parcel] | null;
  onDrop: (items: number, reason: string) => void;
  /** First and longest wait between attempts, in milliseconds. */
  backoff?: { first: number; longest: number };
}

interface Entry {
  file: string;
  items: number;
  bytes: number;
}

/**
 * A bounded queue on disk that survives restarts: one file a parcel, written aside and renamed, delivered in order, oldest
 * dropped (and counted) when it is full. Delivery never throws into the product: a full disk is a counted drop as well.
 */
export class Outbox {
  private entries: Entry[] = [];
  private sequence = 0;
  private delivered = 0;
  private dropped = 0;
  private lastError: OutboxStatus["lastError"] = null;
  private readonly stopping = new AbortController();
  private wake: (() => void) | null = null;
  private readonly waiting = new Set<() => void>();
  private worker: Promise<void> = Promise.resolve();
  /** What is being delivered or split now: dropping it would count it twice. */
  private underway: Entry | null = null;
  private readonly writing = new Mutex();

  private constructor(private readonly options: OutboxOptions) {}

  /** Opens the folder, takes up what an earlier process left, and starts delivering. */
  static async open(options: OutboxOptions): Promise<Outbox> {
    const outbox = new Outbox(options);
    await mkdir(options.folder, { recursive: true });
    for (const name of (await readdir(options.folder)).sort()) {
      const file = join(options.folder, name);
      const parsed = /^(\d{12})-(\d+)-[\w-]+\.json$/.exec(name);
      if (!parsed) {
        if (name.endsWith(".part")) await rm(file, { force: true }); // a write that a crash cut short
        continue;
      }
      outbox.entries.push({ file, items: Number(parsed[2]), bytes: (await stat(file)).size });
      outbox.sequence = Math.max(outbox.sequence, Number(parsed[1]) + 1);
    }
    outbox.worker = outbox.run();
    return outbox;
  }

  status(): OutboxStatus {
    return {
      queued: this.entries.reduce((sum, entry) => sum + entry.items, 0),
      delivered: this.delivered,
      dropped: this.dropped,
      lastError: this.lastError,
    };
  }

  /** Stores a parcel; it counts as queued once this resolves. */
  put(parcel: Parcel): Promise<void> {
    return this.writing.run(() => this.store(parcel, null));
  }

  /** Resolves when the queue is empty or the time is over. */
  async drain(milliseconds: number): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (this.entries.length > 0 && Date.now() < deadline) await sleep(20);
  }

  /** Resolves when nothing is queued, or `signal` aborts. */
  async whenEmpty(signal: AbortSignal): Promise<void> {
    if (this.entries.length === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        this.waiting.delete(done);
        signal.removeEventListener("abort", done);
        resolve();
      };
      this.waiting.add(done);
      signal.addEventListener("abort", done);
    });
  }

  /** Stops delivering; what is queued stays on disk. */
  async close(): Promise<void> {
    this.stopping.abort();
    this.wake?.();
    await this.writing.settled();
    await this.worker;
  }

  /** @param after  the parcel that this one is a half of, which it takes the place of */
  private async store(parcel: Parcel, after: Entry | null): Promise<void> {
    const text = JSON.stringify(parcel);
    const bytes = Buffer.byteLength(text);
    if (bytes > this.options.maxBytes) return this.lose(parcel.items, "too-large");
    let held = this.entries.reduce((sum, entry) => sum + (entry === after ? 0 : entry.bytes), 0);
    while (held + bytes > this.options.maxBytes) {
      const oldest = this.entries.find((entry) => entry !== this.underway);
      if (!oldest) break; // One parcel over the limit, until the one that is underway has arrived.
      held -= oldest.bytes;
      await this.remove(oldest);
      this.lose(oldest.items, "queue-full");
    }
    const name = `${String(this.sequence++).padStart(12, "0")}-${parcel.items}-${randomUUID().slice(0, 8)}.json`;
    const file = join(this.options.folder, name);
    try {
      await replaceFile(file, text);
    } catch (thrown) {
      return this.lose(parcel.items, (thrown as NodeJS.ErrnoException).code === "ENOSPC" ? "disk-full" : "disk-error");
    }
    const entry = { file, items: parcel.items, bytes };
    const place = after ? this.entries.indexOf(after) + 1 : this.entries.length;
    this.entries.splice(place, 0, entry);
    this.wake?.();
  }

  private lose(items: number, reason: string): void {
    this.dropped += items;
    this.lastError = { code: reason, at: new Date().toISOString() };
    this.options.onDrop(items, reason);
  }

  private async remove(entry: Entry): Promise<void> {
    this.entries = this.entries.filter((other) => other !== entry);
    await rm(entry.file, { force: true });
    if (this.entries.length === 0) for (const done of this.waiting) done();
  }

  private async run(): Promise<void> {
    const { first, longest } = this.options.backoff ?? { first: 1000, longest: 300_000 };
    const { signal } = this.stopping;
    while (!signal.aborted) {
      if (this.entries.length === 0) {
        await new Promise<void>((resolve) => (this.wake = resolve));
        this.wake = null;
        continue;
      }
      await retry(() => this.deliverOldest(), { first, longest, signal }).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    }
  }

  /** @throws TransientFailure when it is to be tried again */
  private async deliverOldest(): Promise<void> {
    const [entry] = this.entries;
    if (!entry) return; // Dropped since the last attempt, for room.
    this.underway = entry;
    try {
      await this.deliver(entry);
    } finally {
      this.underway = null;
    }
  }

  private async deliver(entry: Entry): Promise<void> {
    const parcel = await readFile(entry.file, "utf8").then(
      (text) => JSON.parse(text) as Parcel,
      () => null,
    );
    if (!parcel) {
      await this.remove(entry);
      return this.lose(entry.items, "unreadable");
    }
    const result = await this.options.deliver(parcel, this.stopping.signal);
    if (this.stopping.signal.aborted) return;
    if (result.kind === "delivered") {
      this.delivered += entry.items - (result.refused?.items ?? 0);
      this.lastError = null;
      if (result.refused) this.lose(result.refused.items, result.refused.error);
      return this.remove(entry);
    }
    if (result.error !== null) this.lastError = { code: result.error, at: new Date().toISOString() };
    if (result.kind === "retry") throw new TransientFailure(result.error, result.afterMs);
    const halves = result.kind === "split" ? this.options.split(parcel) : null;
    if (halves) {
      await this.store(halves[1], entry);
      await this.store(halves[0], entry);
      await this.remove(entry);
    } else {
      await this.remove(entry);
      this.lose(entry.items, result.error ?? "indivisible");
    }
  }
}
