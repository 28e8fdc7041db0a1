import { isObject } from "./texts.ts";

/** More different values, or longer ones, are texts and ids, not kinds. */
const MOST_VALUES = 50;
const LONGEST = 80;
/** A value stands in so many rows on average, or the column tells rows apart instead of parting them. */
const ROWS_A_VALUE = 2;
/** Columns that are looked at. */
const MOST_COLUMNS = 50;

/** The rule for people, behind “a column”. */
export const KIND_RULE = `of 2 to ${MOST_VALUES} short values (up to ${LONGEST} characters), each of them in ${ROWS_A_VALUE} rows on average`;

/** What a column held so far: its values, each kept once, and how many rows have any. */
interface Seen {
  values: Map<string, string>;
  filled: number;
}

/**
 * Finds the columns by which rows can be parted: short values that come again (source, language, product). Fields of a
 * `metadata` object count by their own names. Columns of texts, ids and scores fall out while a file is read, so that nothing
 * of them is kept.
 */
export class Kinds {
  /** Null: it turned out to be none. */
  private readonly columns = new Map<string, Seen | null>();

  /** The short values of a record beside the columns that are used otherwise; nothing where there are none. */
  read(value: unknown, used: ReadonlySet<string>): Record<string, string> | undefined {
    if (!isObject(value)) return undefined;
    const found: Record<string, string> = {};
    for (const [column, inner] of Object.entries(value)) {
      if (used.has(column)) continue;
      if (isObject(inner)) {
        if (column === "metadata") for (const [name, one] of Object.entries(inner)) this.take(found, name, one);
      } else this.take(found, column, inner);
    }
    return Object.keys(found).length > 0 ? found : undefined;
  }

  /** Columns that are kinds, in the order in which they appeared. */
  names(): string[] {
    return [...this.columns].flatMap(([name, seen]) =>
      seen && seen.values.size > 1 && seen.filled >= ROWS_A_VALUE * seen.values.size ? [name] : [],
    );
  }

  /** Of what was read the kinds alone. */
  kept(
    about: Readonly<Record<string, string>> | undefined,
    names: readonly string[],
  ): Record<string, string> | undefined {
    if (!about) return undefined;
    const kept = names.flatMap((name) => {
      const value = about[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return kept.length > 0 ? Object.fromEntries(kept) : undefined;
  }

  private take(found: Record<string, string>, name: string, inner: unknown): void {
    if (!["string", "number", "bigint", "boolean"].includes(typeof inner)) return;
    const text = String(inner).trim();
    if (text === "") return;
    const seen = this.columns.get(name);
    if (seen === null || (seen === undefined && this.columns.size >= MOST_COLUMNS)) return;
    const { values, filled } = seen ?? { values: new Map<string, string>(), filled: 0 };
    const value = values.get(text) ?? text;
    values.set(value, value);
    const fits = text.length <= LONGEST && values.size <= MOST_VALUES;
    this.columns.set(name, fits ? { values, filled: filled + 1 } : null);
    if (fits) found[name] = value;
  }
}
