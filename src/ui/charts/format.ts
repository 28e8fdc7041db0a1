/** Numbers as the studio writes them: a real minus sign, a thin rounding, no unit twice. */

export { byteSize as bytes } from "../../domain/byteSize.ts";

const signless = (text: string) => text.replace(/^-(?=[\d.]*[1-9])/, "−").replace(/^-/, "");

/** A share 0…1 as a percentage: `56.5 %`. */
export const percent = (share: number, digits = 1): string => `${signless((share * 100).toFixed(digits))} %`;

/** A difference of shares in percentage points with its sign: `+3.1`, `−0.4`, `0.0`. */
export const points = (difference: number, digits = 1): string => {
  const text = signless((difference * 100).toFixed(digits));
  return difference > 0 && Number(text) !== 0 ? `+${text}` : text;
};

/** A p-value as journals print it. */
export const pValue = (p: number): string => (p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`);

/** Any measured value at about four significant digits, without an exponent where it stays readable. */
export const compact = (value: number): string => {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return signless(value.toExponential(1));
  if (size >= 1000) return signless(Math.round(value).toLocaleString("en"));
  return signless(String(Number(value.toPrecision(size >= 1 ? 4 : 3))));
};

/** Whole numbers with grouping: `12,480`. */
export const whole = (value: number): string => signless(Math.round(value).toLocaleString("en"));

/** A count with its noun: `1 query`, `12 queries`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${whole(count)} ${count === 1 ? one : many}`;

/** A label with its first letter in upper case. */
export const capitalized = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Ever more exact ways to write a share, and any value, on an axis: the first that tells its ticks apart is taken. */
export const percentForms = [0, 1, 2, 3, 4].map((digits) => (share: number) => percent(share, digits));
export const compactForms: readonly ((value: number) => string)[] = [
  (value) => (value !== 0 && Math.abs(value) < 1e-4 ? signless(value.toExponential()) : compact(value)),
  ...[4, 6, 9, 12].map((digits) => (value: number) => signless(String(Number(value.toPrecision(digits))))),
];
