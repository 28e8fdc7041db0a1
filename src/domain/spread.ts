import { at } from "./present.ts";

/** At most `count` items at even distances. */
export const spread = <T>(items: readonly T[], count: number): T[] =>
  items.length <= count
    ? [...items]
    : Array.from({ length: count }, (_, i) => at(items, Math.floor((i * items.length) / count)));
