import { beforeAll, describe, expect, test } from "vitest";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { sha256Hex } from "../hashing.ts";
import { present } from "../present.ts";
import { GENERAL_SET } from "../retention/index.ts";
import {
  buildArtifact,
  buildManifest,
  jsonBytes,
  memoryFolder,
  parseManifest,
  verifyArtifact,
  withRetention,
  type FolderFile,
} from "./index.ts";
import { sampleInput } from "./sample.ts";

const scores = {
  set: GENERAL_SET.sha256,
  baseline: Array.from({ length: 40 }, (_, i) => Number(i < 20)),
  tuned: Array.from({ length: 40 }, (_, i) => Number(i > 1 && i < 21)),
};
const bytesOf = (files: readonly FolderFile[], path: string) =>
  present(
    files.find((file) => file.path === path),
    path,
  ).bytes;
const textOf = (files: readonly FolderFile[], path: string) => new TextDecoder().decode(bytesOf(files, path));
const manifestOf = (files: readonly FolderFile[]) => parseManifest(bytesOf(files, "manifest.json"));

let before: FolderFile[];
let after: FolderFile[];
beforeAll(async () => {
  before = await buildArtifact(await sampleInput(diskModel(tinyBase)));
  after = withRetention(before, scores);
});

describe("an artifact to which is added what its model still knows", () => {
  test("is the same model, whole, with the figure in manifest and card and the scores beside the test's", async () => {
    expect(after.map(({ path }) => path)).toEqual(before.map(({ path }) => path));
    expect((await verifyArtifact(memoryFolder(after))).problems).toEqual([]);
    const [old, now] = [manifestOf(before), manifestOf(after)];
    expect(old.retention).toBeUndefined();
    expect(now.fingerprint).toBe(old.fingerprint);
    expect(now.retention).toMatchObject({ queries: 40, baseline: 0.5, tuned: 0.475 });
    expect(JSON.parse(textOf(after, "evaluation.json"))).toEqual({
      ...(JSON.parse(textOf(before, "evaluation.json")) as object),
      general: scores,
    });
    expect(textOf(before, "README.md")).toContain("a tuned model may have forgotten something");
    const card = textOf(after, "README.md");
    expect(card).toContain(
      "Outside of its field: of 40 everyday questions in five languages the base finds 50.0 %, this model 47.5 %",
    );
    expect(card).not.toContain("may have forgotten");
    // The rest of the card, and counts that come from the scores, are as they were.
    expect(card).toContain("Of the test queries 1 are found better than by the base, 0 worse, 2 as well (recall@10).");
  });

  test("without a test it has the figure in manifest and card alone", async () => {
    const untested = await buildArtifact({ ...(await sampleInput(diskModel(tinyBase))), evaluation: null });
    const files = withRetention(untested, scores);
    expect((await verifyArtifact(memoryFolder(files))).problems).toEqual([]);
    expect(manifestOf(files).retention?.queries).toBe(40);
    expect(files.some(({ path }) => path === "evaluation.json")).toBe(false);
  });

  test("a figure that does not follow from its scores is found", async () => {
    const record = JSON.parse(textOf(after, "evaluation.json")) as object;
    const better = { ...record, general: { ...scores, tuned: scores.baseline } };
    const bytes = jsonBytes(better);
    const others = after.filter(({ path }) => path !== "manifest.json" && path !== "evaluation.json");
    const listed = [
      ...manifestOf(after).files.filter(({ path }) => path !== "evaluation.json"),
      { path: "evaluation.json", bytes: bytes.length, sha256: sha256Hex(bytes) },
    ];
    const forged = [
      ...others,
      { path: "evaluation.json", bytes },
      { path: "manifest.json", bytes: jsonBytes(buildManifest({ ...manifestOf(after), files: listed })) },
    ];
    const { problems } = await verifyArtifact(memoryFolder(forged));
    expect(problems).toEqual([expect.objectContaining({ code: "retention-mismatch", file: "evaluation.json" })]);
  });
});
