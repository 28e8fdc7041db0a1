import { taskOfFile } from "../../src/domain/evaluation/index.ts";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildArtifact } from "../../src/domain/artifact/index.ts";
import { sampleAdapter, sampleInput } from "../../src/domain/artifact/sample.ts";
import { datasetIdentity } from "../../src/domain/dataset/index.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { readAllFloat32 } from "../../src/domain/safetensors/index.ts";
import { diskModel, fixture } from "../../src/testing/modelFiles.ts";
import { initialValues } from "../../src/engine/model/lora.ts";
import { runCommand } from "../testing/command.ts";
import { exportForm } from "./export.ts";
import { parsePairs } from "./pairs.ts";

const HYPERPARAMETERS = {
  rank: 4,
  alpha: 8,
  batchSize: 6,
  chunkSize: 4,
  epochs: 2,
  seed: 7,
  maxTokens: 20,
  matryoshkaDims: [64, 32],
};
let folder: string;
const at = (path: string): string => join(folder, path);
const json = (path: string) => JSON.parse(readFileSync(at(path), "utf8")) as Record<string, unknown>;
const row = (i: number) => ({ query: `t${i}`, positive: `t${i + 100} t${i}`, negative: `t${i + 300}` });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "studio-script-"));
  // Two rows share a query: their documents are known to answer each other's.
  const rows = [...Array.from({ length: 18 }, (_, i) => row(i)), { ...row(0), positive: "t499" }];
  writeFileSync(at("pairs.jsonl"), rows.map((one) => JSON.stringify(one)).join("\n"));
  writeFileSync(at("test.jsonl"), Array.from({ length: 5 }, (_, i) => JSON.stringify(row(30 + i))).join("\n"));
  const nano = { ...diskModel(fixture("nano")), id: "nano" };
  const input = await sampleInput(nano, await sampleAdapter(nano));
  const pairs = await parsePairs(at("pairs.jsonl"));
  const task = taskOfFile(await parsePairs(at("test.jsonl")));
  const files = await buildArtifact({
    ...input,
    prompts: { query: "t500 ", document: "" },
    instruction: null,
    dataset: datasetIdentity("pairs.jsonl", pairs.rows, { instruction: null, corpus: pairs.corpus }),
    split: { hash: task.splitHash, train: 19, dev: 0, test: 5 },
    hyperparameters: { ...input.hyperparameters, ...HYPERPARAMETERS },
    evaluation: null,
  });
  for (const { path, bytes } of files) {
    mkdirSync(dirname(at(`artifact/${path}`)), { recursive: true });
    writeFileSync(at(`artifact/${path}`), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (out: string, ...more: string[]) =>
  runCommand(
    exportForm,
    "--form",
    "script",
    "--artifact",
    at("artifact"),
    "--base",
    fixture("nano"),
    "--out",
    at(out),
    "--split",
    "none",
    ...more,
  );

describe("npm run export -- --form script", () => {
  test("writes the run's settings, rows, order and initial adapter", async () => {
    const ended = await run("script", "--pairs", at("pairs.jsonl"), "--test", at("test.jsonl"));
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain("The folder holds the texts of the data");
    expect(readdirSync(at("script")).sort()).toEqual([
      "README.md",
      "initial_adapter",
      "requirements.txt",
      "rows.jsonl",
      "run.json",
      "schedule.json",
      "test.json",
      "train.py",
    ]);
    const manifest = json("artifact/manifest.json");
    expect(json("script/run.json")).toMatchObject({
      hyperparameters: manifest.hyperparameters,
      prompts: { query: "t500 ", document: "" },
      fingerprint: manifest.fingerprint,
      base: { id: "nano", revision: null },
    });
    const rows = readFileSync(at("script/rows.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { query: string; negatives: string[]; ids: number[] });
    expect(rows).toHaveLength(19);
    expect(rows[3]).toMatchObject({ query: "t3", positive: "t103 t3", negatives: ["t303"] });
    const { steps, warmupSteps, devSteps } = json("script/schedule.json") as {
      steps: number[][];
      warmupSteps: number;
      devSteps: number[];
    };
    const half = steps.length / 2;
    for (const epoch of [steps.slice(0, half), steps.slice(half)])
      expect(epoch.flat().sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
    expect(steps.slice(0, half)).not.toEqual(steps.slice(half));
    expect(warmupSteps).toBe(Math.round(0.1 * steps.length));
    expect(devSteps).toEqual([]);
    // The same text has one number, so the script can tell what answers a query already.
    expect(rows.filter(({ query }) => query === "t0").map(({ ids }) => ids[0])).toEqual([
      rows[0]!.ids[0],
      rows[0]!.ids[0],
    ]);

    const initial = readAllFloat32(
      new Uint8Array(readFileSync(at("script/initial_adapter/adapter_model.safetensors"))),
    );
    const drawn = initialValues(await readModelConfig(diskModel(fixture("nano"))), 4, 7);
    expect(initial.size).toBe(drawn.size);
    for (const [name, values] of drawn) expect(initial.get(name)?.values, name).toEqual(values);
    expect(json("script/initial_adapter/adapter_config.json")).toMatchObject({
      r: 4,
      lora_alpha: 8,
      inference_mode: false,
    });
    const test = json("script/test.json") as { queries: unknown[]; relevant: Record<string, string[]> };
    expect(test.queries[0]).toEqual(["q0", "t30"]);
    expect(test.relevant.q0).toHaveLength(1);
    const readme = readFileSync(at("script/README.md"), "utf8");
    for (const part of [
      "--num_processes 1",
      "--multi_gpu --num_processes 4",
      "--num_machines 2",
      "npm run import -- --adapter tuned",
    ])
      expect(readme).toContain(part);
  });

  // It follows the f32 trajectory of src/testing/fixtures (loss within 3e-6 over 30 steps, weights within 1e-6). Run it against that
  // trajectory again when it changes, with one process and with two, and only then change the hash.
  test("writes the script that was held against the reference trajectory", () => {
    const script = readFileSync(new URL("../../src/domain/script/train.py", import.meta.url));
    expect(createHash("sha256").update(script).digest("hex")).toBe(
      "9ae6c0982f4c95e3e7ae15e318debc1a707684b6957dae0b2aafe1ab66e8b7c5",
    );
    expect(readFileSync(at("script/train.py")).equals(script)).toBe(true);
    expect(readFileSync(at("script/requirements.txt"), "utf8")).toMatch(
      /^torch==[\d.]+\ntransformers==[\d.]+\nsentence-transformers==[\d.]+\npeft==[\d.]+\naccelerate==[\d.]+\n$/,
    );
  });

  test("refuses data that are not the run's", async () => {
    expect(await run("no", "--pairs", at("test.jsonl"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("not the pairs of the run"),
    });
    expect(await run("no", "--pairs", at("pairs.jsonl"))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("as they were given to the training"),
    });
    expect(existsSync(at("no"))).toBe(false);
  });
});

test("refuses a run whose loss the script would not repeat", async () => {
  const nano = { ...diskModel(fixture("nano")), id: "nano" };
  const input = await sampleInput(nano, await sampleAdapter(nano));
  const distillation = { weight: 1, temperature: 2 };
  const falseNegatives = { marginStrategy: "relative" as const, margin: 0.05 };
  const hyperparameters = { ...input.hyperparameters, ...HYPERPARAMETERS, distillation, falseNegatives };
  for (const { path, bytes } of await buildArtifact({ ...input, hyperparameters, evaluation: null })) {
    mkdirSync(dirname(at(`taught/${path}`)), { recursive: true });
    writeFileSync(at(`taught/${path}`), bytes);
  }
  const { code, stderr } = await runCommand(
    exportForm,
    "--form",
    "script",
    "--artifact",
    at("taught"),
    "--pairs",
    at("pairs.jsonl"),
    "--out",
    at("never"),
  );
  expect([code, stderr]).toEqual([
    2,
    expect.stringContaining("a teacher's scores and a mask of false negatives by margin"),
  ]);
  expect(existsSync(at("never/train.py"))).toBe(false);
});
