import { expect, test } from "vitest";
import { buildArtifact, memoryFolder, parseManifest, verifyArtifact } from "../../domain/artifact/index.ts";
import { sampleInput } from "../../domain/artifact/sample.ts";
import { present } from "../../domain/present.ts";
import { GENERAL_SET } from "../../domain/retention/index.ts";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { createRunsStore } from "../runs/store.ts";
import { sampleRun } from "../testing/stores.ts";
import { leavingArtifacts } from "./artifacts.ts";

test("an artifact leaves with the figure that was measured after it was written, whole and the same model", async () => {
  const files = await buildArtifact(await sampleInput(diskModel(tinyBase)));
  const scores = { set: GENERAL_SET.sha256, baseline: [1, 0], tuned: [1, 1] };
  const { task: _task, queries: _queries, ...run } = sampleRun();
  const runs = createRunsStore({
    list: async () => [
      { ...run, generalScores: scores },
      { ...run, id: "before" },
    ],
    put: async () => undefined,
    remove: async () => undefined,
  });
  await runs.getState().load();
  const leaving = leavingArtifacts(
    { load: async () => files, save: async () => undefined, remove: async () => undefined },
    runs,
  );
  const left = (await leaving.load(run.id)).map(({ path, bytes }) => ({ path, bytes: new Uint8Array(bytes) }));
  expect((await verifyArtifact(memoryFolder(left))).problems).toEqual([]);
  const manifestIn = (folder: typeof files) =>
    parseManifest(
      present(
        folder.find(({ path }) => path === "manifest.json"),
        "manifest",
      ).bytes,
    );
  expect(manifestIn(left).retention).toMatchObject({ baseline: 0.5, tuned: 1 });
  expect(manifestIn(left).fingerprint).toBe(manifestIn(files).fingerprint);
  expect(await leaving.load("before")).toBe(files);
});
