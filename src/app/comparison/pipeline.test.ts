import { expect, test } from "vitest";
import { evaluateBm25, evaluateHybrid } from "../../domain/evaluation/index.ts";
import { present } from "../../domain/present.ts";
import { sampleRun } from "../testing/stores.ts";
import { pipelineOf } from "./pipeline.ts";

test("fuses what a run keeps into what the command line measures on the texts", async () => {
  const run = sampleRun();
  const pipeline = present(await pipelineOf(run), "pipeline");
  const lexical = evaluateBm25(run.task);
  for (const model of ["baseline", "tuned"] as const) {
    const { seconds: _, ...expected } = evaluateHybrid(
      run.task,
      lexical,
      present(run[model], model),
      `hybrid ${model}`,
    );
    expect(pipeline[model]).toMatchObject(JSON.parse(JSON.stringify(expected)));
  }
  // A record of a time before BM25 was scored has no such lines.
  expect(await pipelineOf({ ...run, bm25: null })).toBeNull();
});
