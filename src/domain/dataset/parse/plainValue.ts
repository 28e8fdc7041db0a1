import { isObject } from "./texts.ts";

const strict = new TextDecoder("utf-8", { fatal: true });

/**
 * A value of a Parquet file as JSON would have it: whole numbers, dates, bytes, typed lists and maps included. Bytes that
 * are text become it, others their hexadecimal digits; numbers beyond 2^53 become texts of their digits.
 */
export const plainValue = (value: unknown): unknown => {
  if (value === undefined || value === null) return null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, plainValue);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, inner]) => [String(name), plainValue(inner)]));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plainValue(inner)]));
  return value;
};

const bytesText = (bytes: Uint8Array): string => {
  try {
    return strict.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
};
