import type { Lineage } from "./lineage.ts";
import { numberOf } from "./record.ts";
import type { StoredVersion } from "./versions.ts";

/** Versions beyond the limit, oldest first and archived ones before others; never those that serve or may serve again. */
export const surplus = (
  versions: readonly StoredVersion[],
  { production, previous, archived }: Lineage,
  newest: string,
  keep: number,
): string[] => {
  const free = versions
    .map(({ record }) => record.version)
    .filter((version) => ![newest, production, previous].includes(version))
    .sort((a, b) => Number(archived.has(b)) - Number(archived.has(a)) || numberOf(a) - numberOf(b));
  return free.slice(0, Math.max(0, free.length + 1 - keep));
};
