import type { Logger } from "pino";
import type { RegistryEvent } from "../../src/domain/api/index.ts";
import type { StudioError } from "../../src/domain/errors.ts";
import { Listeners } from "../lib/listeners.ts";
import { EventLog } from "./eventLog.ts";
import { lineageAt, lineageOf, type Lineage } from "./lineage.ts";
import type { StoredVersion } from "./versions.ts";

/** Who changes something, and why; written into the log. */
export interface Change {
  by: string;
  reason: string;
  correlationId: string;
}

/** What an event is about: a version, or what is known of one whose folder is gone. */
export type Subject = StoredVersion | { version: string; fingerprint: string; dataset: string | null };

export type ChangeListener = (lineage: Lineage, event: RegistryEvent) => void;

/** What happened to versions, and what follows from it: the event log with its readers and listeners. */
export class History {
  readonly #listeners = new Listeners<Parameters<ChangeListener>>();

  private constructor(
    private readonly log: EventLog,
    private readonly logger: Logger,
  ) {}

  /** Throws `registry-log-damaged`. */
  static async open(path: string, logger: Logger, { writes }: { writes: boolean }): Promise<History> {
    const history = new History(await EventLog.open(path, { writes }), logger);
    history.#report();
    return history;
  }

  #report(): void {
    const { tornBytes, loss } = this.log;
    if (tornBytes) this.logger.warn({ bytes: tornBytes }, "removed a line of the event log that a crash had cut");
    if (loss) this.logger.error({ event: "registry.lost", code: loss.code }, loss.message);
  }

  /** Takes up what another server appended. @returns the new events, of which nobody was told yet */
  follow(): Promise<RegistryEvent[]> {
    return this.log.follow();
  }

  /** Begins to write where another server did. @returns as `follow` */
  async own(): Promise<RegistryEvent[]> {
    const found = await this.log.own();
    this.#report();
    return found;
  }

  /** Tells the listeners of an event that another server appended. */
  tell(event: RegistryEvent): void {
    const { seq, version, from, to } = event;
    this.logger.info({ event: `model.${event.type}`, seq, version, from, to, followed: true }, `model ${event.type}`);
    this.#listeners.tell(this.lineage(), event);
  }

  /** Why nothing may be changed: acknowledged events are gone. */
  get loss(): StudioError | null {
    return this.log.loss;
  }

  /** Oldest first. */
  get events(): readonly RegistryEvent[] {
    return this.log.events;
  }

  lineage(): Lineage {
    return lineageOf(this.log.events);
  }

  lineageAt(at: Date): Lineage {
    return lineageAt(this.log.events, at);
  }

  /** Called after each event. Returns the way to stop. */
  onChange(listener: ChangeListener): () => void {
    return this.#listeners.add(listener);
  }

  /** Resolves when the event is on disk and everyone was told. Calls must not overlap. */
  async append(
    type: RegistryEvent["type"],
    subject: Subject,
    change: Change,
    rest: Partial<Pick<RegistryEvent, "from" | "to" | "overridden" | "evidenceHash">> = {},
  ): Promise<RegistryEvent> {
    const { version, fingerprint, dataset } =
      "record" in subject ? { ...subject.record, dataset: subject.record.dataset?.fingerprint ?? null } : subject;
    const event = await this.log.append({
      type,
      version,
      fingerprint,
      from: null,
      to: null,
      by: change.by,
      reason: change.reason,
      overridden: [],
      evidenceHash: null,
      datasetFingerprint: dataset,
      correlationId: change.correlationId,
      ...rest,
    });
    const { seq, from, to, overridden, evidenceHash } = event;
    this.logger.info(
      {
        event: `model.${type}`,
        seq,
        version,
        from,
        to,
        overridden,
        evidenceHash,
        model_fingerprint: fingerprint,
        dataset_hash: dataset,
        correlation_id: change.correlationId,
      },
      `model ${type}`,
    );
    this.#listeners.tell(this.lineage(), event);
    return event;
  }

  /** Ends the writing. */
  close(): Promise<void> {
    return this.log.close();
  }
}
