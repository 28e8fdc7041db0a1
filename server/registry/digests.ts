import { lstat } from "node:fs/promises";
import { hashFile } from "../lib/hash.ts";

/** Digests of files that have not been touched since: a write changes the inode's time, which no program can set back. */
export class Digests {
  readonly #known = new Map<string, { stamp: string; sha256: string }>();

  async of(path: string): Promise<string> {
    const { size, ino, ctimeNs } = await lstat(path, { bigint: true });
    const stamp = `${ino}:${size}:${ctimeNs}`;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.sha256;
    const sha256 = await hashFile(path);
    this.#known.set(path, { stamp, sha256 });
    return sha256;
  }
}
