import { existsSync } from "node:fs";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";
import { replaceFile } from "../lib/durableFiles.ts";

const headSchema = z.object({ documents: z.int().min(0) });

const read = async (path: string): Promise<number | null> => {
  try {
    return headSchema.parse(JSON.parse(await readFile(path, "utf8"))).documents;
  } catch {
    return null; // Earlier versions kept none, and a damaged one says nothing.
  }
};

/**
 * How many documents the embedded store held when it was last looked at, kept beside its folder: PGlite makes a new, empty
 * store wherever it finds none, and an empty store answers like any other.
 */
export class StoreHead {
  private constructor(
    private readonly path: string,
    /** Documents that the store held and holds no more, because its files are gone; 0 when nothing is lost. */
    readonly lost: number,
    /** Whether there is a store; and what it held when it was last looked at, where that was noted. */
    readonly exists: boolean,
    readonly noted: number | null,
  ) {}

  /**
   * Looks before the store is opened.
   * @param folder  holds `pglite/` and the head
   * @throws StudioError `store-damaged` when files lie there that PGlite would overwrite with a new store
   */
  static async open(folder: string): Promise<StoreHead> {
    await mkdir(folder, { recursive: true });
    const store = join(folder, "pglite");
    const path = join(folder, "store.head.json");
    const noted = await read(path);
    if (existsSync(join(store, "PG_VERSION"))) return new StoreHead(path, 0, true, noted);
    const left = await readdir(store).catch(() => []);
    if (left.length > 0)
      throw new StudioError(
        "store-damaged",
        `${store} holds files of a store, but not its PG_VERSION.`,
        "Restore the folder from a backup, or move it away and ingest the documents again.",
      );
    return new StoreHead(path, noted ?? 0, false, noted);
  }

  /** What a person is told while documents are missing; null when none are. */
  problem(documents: number): string | null {
    if (this.lost === 0 || documents >= this.lost) return null;
    return (
      `The store's files are gone: it held ${this.lost} documents and holds ${documents}. ` +
      "Stop the server and restore its folder from a backup, or ingest the documents again."
    );
  }

  /** Notes what the store holds now, unless that would forget a loss. */
  async note(documents: number): Promise<void> {
    if (this.problem(documents) === null) await replaceFile(this.path, `${JSON.stringify({ documents })}\n`);
  }
}
