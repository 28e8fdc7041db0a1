import { hasEmail, hasPhone } from "../text/index.ts";
import type { JudgedPair } from "./types.ts";

/** A pair in which something looks like personal data. */
export interface PersonalFinding {
  /** Place among the pairs. */
  pair: number;
  what: ("e-mail address" | "telephone number")[];
  /** The first text that holds it. */
  text: string;
}

/** Pairs that hold what looks like e-mail addresses or telephone numbers. They are looked at before an import is taken. */
export const personalFindings = (pairs: readonly JudgedPair[]): PersonalFinding[] =>
  pairs.flatMap(({ query, positives, negatives }, pair) => {
    const found = [query, ...positives, ...negatives].filter((text) => hasEmail(text) || hasPhone(text));
    const [text] = found;
    if (text === undefined) return [];
    const what: PersonalFinding["what"] = [];
    if (found.some(hasEmail)) what.push("e-mail address");
    if (found.some(hasPhone)) what.push("telephone number");
    return [{ pair, what, text }];
  });
