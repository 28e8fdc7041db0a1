import { expect, test } from "vitest";
import { memoryFolder } from "../../src/domain/artifact/index.ts";
import { SMALL_BASE, TINY_BASE } from "../../src/domain/bases.ts";
import type { ModelFiles } from "../../src/domain/modelFiles.ts";
import { sampleArtifact } from "../testing/artifact.ts";
import { openBaseFor } from "./adapterBase.ts";

const trainedOn = async ({ id, sha256 }: { id: string; sha256: string }): Promise<ModelFiles> => {
  const files = await sampleArtifact({
    adjust: (input) => {
      input.base = { ...input.base, id };
      input.baseSha256 = sha256;
    },
  });
  return { ...memoryFolder(files), id: "", revision: "", sha256: async () => null };
};

test("an adapter is scored over the base that its manifest names, whatever it calls it", async () => {
  const { id, sha256 } = TINY_BASE;
  expect((await openBaseFor(await trainedOn({ id, sha256 }), undefined)).id).toBe(id);
  expect((await openBaseFor(await trainedOn({ id: "someone/tiny", sha256 }), undefined)).id).toBe(id);
});

test("--base goes before the manifest; without an adapter the default base is meant", async () => {
  expect((await openBaseFor(await trainedOn(TINY_BASE), SMALL_BASE.id)).id).toBe(SMALL_BASE.id);
  expect((await openBaseFor(null, undefined)).id).toBe(SMALL_BASE.id);
});

test.each(["someone/base", TINY_BASE.id])("a base %s that is not here is named, with its hash", async (id) => {
  const sha256 = "ab".repeat(32);
  await expect(openBaseFor(await trainedOn({ id, sha256 }), undefined)).rejects.toMatchObject({
    message: `--base is needed: the adapter was trained on ${id}, which is none of the installed bases.`,
    hint: expect.stringContaining(sha256),
  });
});
