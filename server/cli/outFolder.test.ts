import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { buildArtifact, memoryFolder, verifyArtifact, type FolderFile } from "../../src/domain/artifact/index.ts";
import { asVersionOne, sampleInput } from "../../src/domain/artifact/sample.ts";
import { diskModel, tinyBase } from "../../src/testing/modelFiles.ts";
import { checkOut, checkSpace, prepareOut, writeOut } from "./outFolder.ts";

let root: string;
let out: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "out-"));
  out = join(root, "out");
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(root, { recursive: true });
});

const artifact = async () => buildArtifact(await sampleInput(diskModel(tinyBase)));
const place = (files: readonly FolderFile[]) => {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), bytes);
  }
};

test("an artifact takes the place of an earlier one and leaves nothing of it", async () => {
  place(asVersionOne(await artifact(), [{ path: "model.safetensors", bytes: new Uint8Array(9) }]));
  place([{ path: "onnx/model.onnx", bytes: new Uint8Array(9) }]);
  // Only when asked to.
  expect(() => checkOut(out, { replace: false })).toThrow(/holds a trained adapter already/);
  expect(checkOut(out, { replace: true })).toBe(out);
  const files = await artifact();
  expect(writeOut(out, files)).toBe(out);
  for (const stale of ["config.json", "model.safetensors", "onnx"]) expect(existsSync(join(out, stale))).toBe(false);
  const written = files.map(({ path }) => ({ path, bytes: new Uint8Array(readFileSync(join(out, path))) }));
  expect((await verifyArtifact(memoryFolder(written))).problems).toEqual([]);
});

test("nothing else is overwritten", async () => {
  place(await artifact());
  writeFileSync(join(out, "notes.txt"), "mine");
  expect(() => checkOut(out, { replace: true })).toThrow(/holds notes\.txt, which is no part/);
  rmSync(join(out, "notes.txt"));
  writeFileSync(join(out, "manifest.json"), "{}");
  expect(() => checkOut(out, { replace: true })).toThrow(/not an artifact's/);
  rmSync(join(out, "manifest.json"));
  expect(() => checkOut(out, { replace: true })).toThrow(/not empty/);
  rmSync(out, { recursive: true });
  writeFileSync(out, "");
  expect(() => checkOut(out, { replace: true })).toThrow(/is a file/);
});

test("a log may not lie inside, a folder must take files, and the disk must have room", () => {
  expect(() => checkOut(out, { log: join(out, "log.jsonl"), replace: false })).toThrow(/--log/);
  expect(checkOut(out, { log: join(root, "out.jsonl"), replace: false })).toBe(out);
  prepareOut(out);
  expect(existsSync(out)).toBe(true);
  checkSpace(out, 1);
  expect(() => checkSpace(out, 1e18)).toThrow(/has room for \d+ MB where the artifact takes 1000000000000 MB/);
  writeFileSync(join(root, "file"), "");
  expect(() => prepareOut(join(root, "file/out"))).toThrow(/cannot be written/);
});

test("a result that cannot be written where it should is not lost", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => undefined);
  writeFileSync(out, "a file came in between");
  const files = await artifact();
  const elsewhere = writeOut(out, files);
  expect(elsewhere).not.toBe(out);
  expect(said.mock.calls.join()).toContain("the artifact lies elsewhere");
  for (const { path, bytes } of files) expect(readFileSync(join(elsewhere, path)).equals(bytes)).toBe(true);
  rmSync(elsewhere, { recursive: true });
});
