import { withRetention, parseManifest } from "../../domain/artifact/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { present } from "../../domain/present.ts";
import { retentionOf } from "../../domain/retention/index.ts";
import { emptyDevSummary, summaryOf } from "../../domain/run/series.ts";
import type { PackedRunTexts } from "../../domain/run/texts.ts";
import type { RunRecord, WholeRun } from "../../domain/run/types.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import type { EngineService } from "../../worker/engine/protocol.ts";
import { figuresOf } from "../comparison/compareRuns.ts";
import type { RequireModels } from "../comparison/runModels.ts";
import type { ArtifactStorage, RunContentsStorage } from "../runs/ports.ts";
import type { RunsStore } from "../runs/store.ts";

export interface TakePorts {
  engine: Pick<EngineService, "evaluate" | "exportStrength" | "retention">;
  data: Pick<DataService, "task" | "compare">;
  requireModels: RequireModels;
  /** The file of the general set. */
  set(): Promise<Uint8Array>;
  artifacts: Pick<ArtifactStorage, "load" | "save">;
  contents: Pick<RunContentsStorage, "save">;
  texts: {
    save(runId: string, texts: PackedRunTexts): Promise<void>;
    load(runId: string): Promise<PackedRunTexts | null>;
  };
  newId(): string;
  /** ISO 8601 */
  timestamp(): string;
}

/**
 * Makes a run of its own of a run's adapter at a share of its strength: measured again on the test and on the general set, with an
 * artifact that says where it came from. The record is written last, so that what lists show is whole.
 * @returns its id
 */
export const takeStrength = async (
  run: WholeRun,
  strength: number,
  runs: RunsStore,
  ports: TakePorts,
  onProgress: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<string> => {
  const { engine, data, artifacts } = ports;
  const baseline = present(run.baseline, "baseline score");
  await ports.requireModels(run);
  const [artifact, packed] = [await artifacts.load(run.id), await ports.texts.load(run.id)];
  if (artifact.length === 0 || !packed)
    throw new StudioError(
      "run-texts-missing",
      "The artifact or the texts of this run are not stored in this browser any more.",
      "Train again, and take the strength from that run.",
    );
  const instruction = run.instruction || null;
  const texts = run.test.queries + run.test.documents;
  const reading = { instruction, maxTokens: run.hyperparameters.maxTokens, strength };
  const { task } = await data.task({ run: run.id, side: "test" });
  const tuned = await engine.evaluate(
    { which: "tuned", ...reading },
    task,
    (done) => onProgress(done, 2 * texts),
    signal,
  );
  const scores = await engine.retention(
    { instruction, strength },
    await ports.set(),
    (done, total) => onProgress(texts + (texts * done) / total, 2 * texts),
    signal,
  );
  const id = ports.newId();
  const name = `${run.name.slice(0, 70)}, λ ${strength}`;
  const exported = await engine.exportStrength({ artifact, strength, runId: id, name, baseline, tuned });
  const files = withRetention(exported as Parameters<typeof withRetention>[0], scores);
  const { fingerprint } = parseManifest(
    present(
      files.find(({ path }) => path === "manifest.json"),
      "manifest.json",
    ).bytes,
  );
  // The record as lists have it, without the run's contents; what was of its training alone goes.
  const listed = present(
    runs.getState().runs.find((one) => one.id === run.id),
    "record of the run",
  );
  const { shipped: _shipped, trace: _trace, earlyStop: _early, plannedSeconds: _planned, ...kept } = listed;
  const record: RunRecord = {
    ...kept,
    id,
    name,
    createdAt: ports.timestamp(),
    status: "finished",
    problem: null,
    lastStep: null,
    dev: emptyDevSummary(),
    baseline: summaryOf(baseline),
    tuned: summaryOf(tuned),
    bm25: summaryOf(run.bm25),
    comparisons: await data.compare(figuresOf(baseline, run.queries), figuresOf(tuned, run.queries)),
    artifact: { fingerprint, bytes: files.reduce((sum, { bytes }) => sum + bytes.length, 0), files: files.length },
    registryVersion: null,
    retention: retentionOf(scores),
    generalScores: scores,
    scaledFrom: { runId: run.id, strength },
  };
  await ports.texts.save(id, packed);
  await ports.contents.save(id, { baseline, tuned, bm25: run.bm25 });
  await artifacts.save(id, files);
  await runs.getState().save(record);
  return id;
};
