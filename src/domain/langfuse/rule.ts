import { StudioError } from "../errors.ts";
import type { Verdict } from "../judged/types.ts";
import type { TraceScore } from "./types.ts";

type Value = TraceScore["value"];
/** Which values of a score it holds for. */
export interface Rule {
  holds: (value: Value) => boolean;
  /** Numbers at which it changes. */
  bounds: number[];
  /** Categories it names. */
  words: string[];
}

const FORM = /^\s*(>=|<=|!=|>|<|=)?\s*([^<>=!\s].*?)\s*$/;

/** Booleans count as 1 and 0, as older versions of the API write them. */
const numberOf = (value: Value): number => (typeof value === "string" ? Number.NaN : Number(value));

/**
 * A rule as a person writes it: `>=0.5`, `<0.5`, `=1`, `true`, `helpful`, `helpful, very helpful`, `!=harmful`.
 *
 * @throws StudioError `rule-unclear`
 */
export const parseRule = (text: string): Rule => {
  const [, sign = "=", operand = ""] = FORM.exec(text) ?? [];
  const bound = Number(operand);
  const numeric = operand !== "" && !Number.isNaN(bound);
  if (operand === "" || (!numeric && /[<>]/.test(sign)))
    throw new StudioError(
      "rule-unclear",
      `"${text}" is not a rule for a score.`,
      'Write a comparison such as ">=0.5", or the categories that count, such as "helpful, correct".',
    );
  if (numeric && sign !== "=" && sign !== "!=") {
    const compare = {
      ">=": (value: number) => value >= bound,
      ">": (value: number) => value > bound,
      "<=": (value: number) => value <= bound,
      "<": (value: number) => value < bound,
    }[sign as ">=" | ">" | "<=" | "<"];
    return { holds: (value) => compare(numberOf(value)), bounds: [bound], words: [] };
  }
  const words = operand.split(",").map((word) => word.trim().toLowerCase());
  const numbers = words.map((word) => (word === "true" ? 1 : word === "false" ? 0 : Number(word)));
  const named = (value: Value): boolean =>
    typeof value === "string" ? words.includes(value.trim().toLowerCase()) : numbers.includes(Number(value));
  return {
    holds: sign === "!=" ? (value) => !named(value) : named,
    bounds: numbers.filter((one) => !Number.isNaN(one)),
    words,
  };
};

/** The rules of a source, which must not call one value good and bad. */
export interface Rules {
  good: Rule;
  bad: Rule;
}

/** @throws StudioError `rule-unclear`, `rules-overlap` */
export const parseRules = (good: string, bad: string): Rules => {
  const rules = { good: parseRule(good), bad: parseRule(bad) };
  const bounds = [...rules.good.bounds, ...rules.bad.bounds].sort((a, b) => a - b);
  const numbers = bounds.flatMap((bound, i) => [bound, (bound + (bounds[i + 1] ?? bound + 2)) / 2, bound - 1]);
  const both = [...numbers, ...rules.good.words, ...rules.bad.words].find(
    (value) => rules.good.holds(value) && rules.bad.holds(value),
  );
  if (both !== undefined)
    throw new StudioError(
      "rules-overlap",
      `The value ${both} would be good and bad at once.`,
      "Change one of the two rules, so that each value is one of them or neither.",
    );
  return rules;
};

/** What a value says; null where no rule holds. */
export const verdictOf = (value: Value, { good, bad }: Rules): Verdict | null =>
  good.holds(value) ? "good" : bad.holds(value) ? "bad" : null;
