import type { RegistryEvent } from "../../src/domain/api/index.ts";

/** Where the log has led: derived, never stored. */
export interface Lineage {
  production: string | null;
  /** What a rollback returns to; null means the base model. */
  previous: string | null;
  archived: ReadonlySet<string>;
  deleted: ReadonlySet<string>;
  /** The event that put `production` there. */
  since: RegistryEvent | null;
}

/**
 * Folds events into the present. Promotions stack up and a rollback takes the top one off, so rolling back twice goes
 * two promotions back; versions that were archived or deleted meanwhile are passed over.
 */
export const lineageOf = (events: readonly RegistryEvent[]): Lineage => {
  let stack: string[] = [];
  const archived = new Set<string>();
  const deleted = new Set<string>();
  let since: RegistryEvent | null = null;
  const usable = (version: string) => !archived.has(version) && !deleted.has(version);

  for (const event of events) {
    if (event.type === "archived") archived.add(event.version);
    if (event.type === "restored") archived.delete(event.version);
    if (event.type === "deleted") deleted.add(event.version);
    if (event.type === "promoted") stack = [...stack, event.version];
    if (event.type === "rolled-back") {
      stack = stack.slice(0, -1);
      while (stack.length > 0 && stack.at(-1) !== event.to) stack.pop();
    }
    if (event.type === "promoted" || event.type === "rolled-back") since = event;
  }
  const production = stack.at(-1) ?? null;
  const previous =
    stack
      .slice(0, -1)
      .filter((version) => usable(version) && version !== production)
      .at(-1) ?? null;
  return { production, previous, archived, deleted, since };
};

/** What was in production at a moment (inclusive). */
export const lineageAt = (events: readonly RegistryEvent[], at: Date): Lineage =>
  lineageOf(events.filter((event) => Date.parse(event.at) <= at.getTime()));
