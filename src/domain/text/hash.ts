import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/** SHA-256 of a text's UTF-8 bytes, lower-case hex. */
export const sha256Text = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

/** SHA-256 over a list of strings; the length prefix keeps `["ab","c"]` and `["a","bc"]` apart. */
export const sha256List = (parts: readonly string[]): string =>
  sha256Text(parts.map((part) => `${part.length}:${part}`).join(""));
