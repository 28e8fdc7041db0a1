import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { hashFile } from "../lib/hash.ts";
import { BaseStore } from "./bases.ts";

const folder = await mkdtemp(join(tmpdir(), "bases-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each(["null", "[]", '{"qwen3-embedding-tiny/config.json:1:1":7}', "{", '"text"'])(
  "computes digests again when their file holds %s",
  async (content) => {
    const cache = join(folder, "digests.json");
    await writeFile(cache, content);
    const bases = new BaseStore(dirname(tinyBase), cache);
    expect(await bases.sha256("qwen3-embedding-tiny", "config.json")).toBe(
      await hashFile(join(tinyBase, "config.json")),
    );
  },
);
