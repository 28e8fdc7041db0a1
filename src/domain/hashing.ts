import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** SHA-256 fed piece by piece; `hex` ends it. */
export interface Hasher {
  update(bytes: Uint8Array): Hasher;
  /** Lower-case hex. The hasher is spent afterwards. */
  hex(): string;
}

/** A new streaming SHA-256. */
export const createHasher = (): Hasher => {
  const hash = sha256.create();
  const hasher: Hasher = {
    update: (bytes) => (hash.update(bytes), hasher),
    hex: () => bytesToHex(hash.digest()),
  };
  return hasher;
};

/** SHA-256 of bytes or of UTF-8 text, in hex. */
export const sha256Hex = (data: Uint8Array | string): string =>
  bytesToHex(sha256(typeof data === "string" ? utf8ToBytes(data) : data));

/**
 * JSON with sorted keys and no blanks, so that equal values have equal bytes whoever wrote them. Numbers are written as
 * JavaScript writes them; `undefined` members are left out, as in JSON.
 */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : member,
  );
