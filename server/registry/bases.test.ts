import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadConfig } from "../config/config.ts";
import { openCore } from "../core.ts";
import { DEFAULT_BASE } from "../../src/domain/bases.ts";
import { tinyBase } from "../../src/testing/modelFiles.ts";
import { memoryLog } from "../testing/log.ts";

let root: string;
let models: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "models-"));
  models = join(root, "models");
});
afterEach(() => rm(root, { recursive: true }));

const { id } = DEFAULT_BASE;
const bundled = join(tinyBase, "..", id);
const own = join("base", id);
const place = async (files: Record<string, string>) => {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(models, path, ".."), { recursive: true });
    await writeFile(join(models, path), text);
  }
};
/** What a server over this MODELS_DIR serves and lists. */
const serving = async () => {
  const core = await openCore(loadConfig({ MODELS_DIR: models }, root), { log: memoryLog().log });
  try {
    return { ...core.serving.current(), bases: await core.bases.list() };
  } finally {
    await core.close();
  }
};

it.each<[string, () => Promise<unknown>]>([
  ["that is missing", async () => undefined],
  ["that is empty", () => mkdir(models)],
  ["with foreign files only", () => place({ "readme.txt": "x", "blobs/sha256-0": "x", "fine_tuned/notes.txt": "x" })],
  ["with a file in place of its bases", () => place({ base: "x" })],
  ["with another base only", () => place({ "base/other/config.json": "{}", "base/other/model.safetensors": "x" })],
  ["with half a copy of the base", () => place({ [join(own, "config.json")]: "{}" })],
])("serves the base that comes with the studio from a MODELS_DIR %s", async (_, prepare) => {
  await prepare();
  const { base, fallback, bases } = await serving();
  expect(base).toMatchObject({ name: id, directory: bundled });
  expect(fallback).toBeNull();
  expect(bases.find(({ name }) => name === id)?.files.map(({ path }) => path)).toContain("model.safetensors");
});

it("prefers a whole base of the same name in MODELS_DIR, and lists it once", async () => {
  await cp(bundled, join(models, own), { recursive: true });
  await writeFile(join(models, own, "notes.txt"), "mine");
  const { base, bases } = await serving();
  expect(base).toMatchObject({ directory: join(models, own) });
  const listed = bases.filter(({ name }) => name === id);
  expect(listed).toHaveLength(1);
  expect(listed[0]?.files.map(({ path }) => path)).toContain("notes.txt");
});

it("names the variable whose folder is none", async () => {
  await writeFile(models, "a file");
  await expect(serving()).rejects.toMatchObject({
    code: "folder-unusable",
    message: expect.stringContaining("MODELS_DIR"),
  });
});
