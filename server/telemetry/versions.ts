import type { Logger } from "pino";
import { Mutex } from "../lib/mutex.ts";
import type { Gatekeeper, Registry, StoredVersion } from "../registry/registry.ts";
import type { Archon, TaskStatus } from "./archon.ts";

interface Parts {
  registry: Registry;
  gatekeeper: Gatekeeper;
  log: Logger;
  archon: Archon;
  /** Calls the listener with the fingerprint whose collection has begun to answer searches. */
  onActivated(listener: (fingerprint: string) => void): void;
  /** The fingerprint whose collection answers searches now. */
  activeCollection(): Promise<string | null>;
}

/**
 * Tells Archon where each version stands: `todo` when registered, `doing` while the gate evaluates it or documents are
 * embedded with it, `review` when a decision is awaited, `done` when it is promoted and answers searches. Versions that
 * were there before Archon was, or changed while a crash kept that from being noted, are told at the start. A failure
 * is a line in the log; it never touches the product.
 */
export const trackVersions = async ({
  registry,
  gatekeeper,
  log,
  archon,
  onActivated,
  activeCollection,
}: Parts): Promise<void> => {
  /** What happened first is queued first, however long queueing takes. */
  const told = new Mutex();
  const track = async (stored: StoredVersion | null, ...statuses: TaskStatus[]): Promise<void> => {
    if (!stored || !registry.role.here) return; // Of many servers the one that writes tells.
    const { version, fingerprint } = stored.record;
    try {
      await told.run(async () => {
        for (const status of statuses) await archon.track(version, fingerprint, status);
      });
    } catch (thrown) {
      log.warn({ event: "archon.untold", version, err: thrown }, "a version's task could not be queued");
    }
  };
  const evaluate = async (stored: StoredVersion | null): Promise<void> => {
    if (!stored) return;
    await track(stored, "doing");
    try {
      await gatekeeper(stored, registry.find(registry.lineage().production));
    } catch (thrown) {
      return log.warn({ event: "gate.failed", version: stored.record.version, err: thrown }, "the gate had no answer");
    }
    // It may have been decided on meanwhile.
    if (registry.lineage().production !== stored.record.version) await track(stored, "review");
  };

  /** A version that is promoted again while its collection still answers is not activated a second time. */
  const doneIfActive = async (stored: StoredVersion | null): Promise<void> => {
    const active = await activeCollection().catch((thrown: unknown) => {
      log.warn({ event: "archon.untold", err: thrown }, "the active collection could not be asked for");
      return null;
    });
    const inProduction = stored?.record.version === registry.lineage().production;
    if (stored && inProduction && active === stored.record.fingerprint) await track(stored, "done");
  };

  registry.onChange((_lineage, { type, version, to }) => {
    const stored = registry.find(version);
    if (type === "registered") void track(stored, "todo").then(() => evaluate(stored));
    if (type === "promoted") void track(stored, "doing").then(() => doneIfActive(stored));
    if (type === "rolled-back") {
      void track(stored, "review");
      void track(registry.find(to), "doing");
    }
  });
  onActivated((fingerprint) => {
    const stored = registry.byFingerprint(fingerprint);
    // Its collection may be ready only after the version was rolled back.
    if (stored?.record.version === registry.lineage().production) void track(stored, "done");
  });

  const active = await activeCollection();
  const { production, archived } = registry.lineage();
  for (const stored of registry.list().reverse()) {
    const { version, fingerprint } = stored.record;
    if (archived.has(version)) continue;
    const decided = registry
      .events()
      .findLast((event) => event.version === version && (event.type === "promoted" || event.type === "rolled-back"));
    const embedding = version === production && active !== fingerprint;
    const now: TaskStatus = embedding ? "doing" : decided?.type === "promoted" ? "done" : "review";
    if (archon.statusOf(version) === undefined) await track(stored, "todo");
    await track(stored, now);
  }
};
