// Longer than 300 lines: one run of the command is made once and looked at from several sides.
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand, type Ended } from "../testing/command.ts";
import { evaluate } from "./evaluate.ts";
import { train } from "./train.ts";
import { commitOf } from "../setup/commit.mjs";
import { retentionOf, type RetentionScores } from "../../src/domain/retention/index.ts";
import { memoryFolder, parseManifest, verifyArtifact } from "../../src/domain/artifact/index.ts";

const root = resolve(import.meta.dirname, "../..");
const base = join(root, "src/testing/fixtures/nano");
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "studio-cli-"));
  const row = (i: number) => JSON.stringify({ query: `t${i}`, positive: `t${i + 100} t${i}` });
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => row(from + i)).join("\n");
  writeFileSync(join(folder, "pairs.jsonl"), rows(0, 18));
  writeFileSync(join(folder, "bad.jsonl"), `${rows(0, 18)}\n{"query": "t1"}\nnot json\n`);
  writeFileSync(join(folder, "test.jsonl"), rows(20, 30));
  writeFileSync(join(folder, "dev.jsonl"), rows(17, 20));
  process.chdir(folder); // Paths are meant from where the person stands.
});
afterAll(() => {
  process.chdir(root);
  rmSync(folder, { recursive: true });
});

/** As a program of its own, from the folder with the files. */
const start = (...args: string[]): Promise<Ended> =>
  new Promise((done) =>
    execFile(
      process.execPath,
      ["--import", join(root, "server/lib/typescript.mjs"), join(root, "server/cli/train.ts"), ...args],
      { cwd: folder },
      (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    ),
  );
const common = ["--base", base, "--backend", "wasm"];
const training = [...common, "--base-id", "studio/nano"];

describe("training from the command line", () => {
  test("writes log and artifact, names bad lines, and the adapter scores again as it did", async () => {
    const trained = await start(
      ...training,
      "--pairs",
      "bad.jsonl",
      "--skip-bad-lines",
      "--split",
      "none",
      "--test",
      "test.jsonl",
      "--task",
      "t300 t301",
      "--max-tokens",
      "20",
      "--epochs",
      "2",
      "--batch",
      "6",
      "--lr",
      "1e-3",
      "--rank",
      "4",
      "--alpha",
      "8",
      "--no-shuffle",
      "--precision",
      "mixed",
      "--log",
      "log.jsonl",
      "--out",
      "out",
    );
    expect(trained, trained.stderr).toMatchObject({ code: 0 });
    expect(trained.stderr).toMatch(/not in mixed precision but in float32: .*shader-f16/);
    expect(trained.stderr).toContain("line 19");
    expect(trained.stderr).toContain("line 20");
    expect(trained.stderr).toContain("WebAssembly");
    expect(trained.stderr).toContain('Query prompt of --task: "Instruct: t300 t301\\nQuery:"');
    const log = readFileSync(join(folder, "log.jsonl"), "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, number>);
    expect(log.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    for (const { loss, grad_norm, learning_rate } of log)
      expect([loss, grad_norm, learning_rate].every(Number.isFinite)).toBe(true);

    const manifest = parseManifest(new Uint8Array(readFileSync(join(folder, "out/manifest.json"))));
    // What was asked for, and what it came to on a device without f16.
    expect(manifest).toMatchObject({ hyperparameters: { precision: "mixed" }, training: { precision: "f32" } });
    if (commitOf(root) === null) expect(manifest.engine.commit).toBeNull();
    else expect(manifest.engine.commit).toMatch(/^[0-9a-f]{40}(-dirty)?$/);
    const files = ["manifest.json", ...manifest.files.map(({ path }) => path)].map((path) => ({
      path,
      bytes: new Uint8Array(readFileSync(join(folder, "out", path))),
    }));
    expect((await verifyArtifact(memoryFolder(files))).problems).toEqual([]);

    // What the model still knows was measured after the folder was written, and is part of it.
    expect(manifest.retention).toMatchObject({ queries: 240 });
    const { general } = JSON.parse(readFileSync(join(folder, "out/evaluation.json"), "utf8")) as {
      general: RetentionScores;
    };
    expect(retentionOf(general)).toEqual(manifest.retention);
    expect(trained.stdout).toMatch(/Written to .*out\nOf 240 everyday questions in five languages the base finds \d/);

    const peft = JSON.parse(readFileSync(join(folder, "out/adapter_config.json"), "utf8")) as Record<string, unknown>;
    expect(peft).toMatchObject({ base_model_name_or_path: "studio/nano", use_rslora: false });
    expect(manifest).toMatchObject({ base: { id: "studio/nano" }, prompt: { instruction: "t300 t301" } });
    // The same model said otherwise: 4 / √4 where it was 8 / 4.
    cpSync(join(folder, "out"), join(folder, "stabilized"), { recursive: true });
    writeFileSync(
      join(folder, "stabilized/adapter_config.json"),
      JSON.stringify({ ...peft, use_rslora: true, lora_alpha: 4, target_modules: "all-linear" }),
    );
    const scoring = "--pairs test.jsonl --adapter out --pipeline --bytes --trec trec --json".split(" ");
    const scored = await runCommand(evaluate, ...common, ...scoring);
    const continued = await runCommand(
      train,
      ...training,
      "--pairs",
      "pairs.jsonl",
      "--split",
      "none",
      "--adapter",
      "stabilized",
      "--dev",
      "dev.jsonl",
      "--evaluate-every",
      "1",
      "--patience",
      "1",
      "--lr",
      "1e-12",
      "--epochs",
      "1",
      "--batch",
      "6",
      "--no-shuffle",
      "--no-general",
      "--log",
      "next.jsonl",
      "--out",
      "next",
    );
    const otherwise = await runCommand(
      evaluate,
      ...common,
      "--pairs",
      "test.jsonl",
      "--adapter",
      "out",
      "--task",
      "t9",
      "--max-tokens",
      "30",
    );
    expect(scored.stderr).toContain('Query prompt of the adapter\'s folder: "Instruct: t300 t301\\nQuery:"');
    expect(scored.stderr).toContain("Texts are cut after 20 tokens, as the adapter's folder says.");
    expect(JSON.parse(scored.stdout)).toMatchObject({ prompt: "Instruct: t300 t301\nQuery:", maxTokens: 20 });
    expect(otherwise.stderr).toContain(
      'Query prompt of --task: "Instruct: t9\\nQuery:"; the adapter\'s own is "Instruct: t300 t301\\nQuery:"',
    );
    expect(otherwise.stderr).not.toContain("Texts are cut after");
    const scores = JSON.parse(scored.stdout) as {
      metrics: Record<string, number>;
      baseline: object;
      bm25: object;
      comparisons: object[];
      slices: object[];
      retention: object;
      bytes: { rows: { form: string; recall: number }[] };
      intervals: Record<string, Record<string, [number, number]>>;
      hybrid: { baseline: object; tuned: object; comparisons: { metric: string; baseline: number; tuned: number }[] };
    };
    expect(scores.metrics).toEqual(manifest.evaluation?.tuned);
    expect(scores.baseline).toEqual(manifest.evaluation?.baseline);
    expect(scores.retention).toEqual(manifest.retention);
    expect(scores.comparisons).toMatchObject(manifest.evaluation?.comparisons ?? []);
    expect(Object.keys(scores.bm25)).toEqual(Object.keys(scores.metrics));
    // Too few questions for any kind of them.
    expect(scores.slices).toEqual([]);
    expect(scores.bytes.rows).toHaveLength(16);
    expect(scores.bytes.rows[0]).toMatchObject({ form: "float32", recall: scores.metrics["recall@10"] });
    const [hybrid] = scores.hybrid.comparisons;
    expect(scores.hybrid.baseline).toMatchObject({ [hybrid!.metric]: hybrid!.baseline });
    expect(scores.hybrid.tuned).toMatchObject({ [hybrid!.metric]: hybrid!.tuned });
    // Each line has its own interval, and its ranking goes out.
    expect(Object.keys(scores.intervals)).toEqual(["bm25", "baseline", "tuned", "bm25+base", "bm25+tuned"]);
    const [low = NaN, high = NaN] = scores.intervals.tuned?.["recall@10"] ?? [];
    expect(low).toBeLessThanOrEqual(scores.metrics["recall@10"]!);
    expect(high).toBeGreaterThanOrEqual(scores.metrics["recall@10"]!);
    expect(
      readdirSync(join(folder, "trec"))
        .filter((name) => name.endsWith(".run.trec"))
        .sort(),
    ).toEqual(["baseline", "bm25", "hybrid-baseline", "hybrid-tuned", "tuned"].map((name) => `${name}.run.trec`));
    expect(readFileSync(join(folder, "trec/hybrid-tuned.run.trec"), "utf8")).toMatch(
      /^q0 Q0 d\d+ 1 [\d.]+ hybrid-tuned\n/,
    );
    expect(continued, continued.stderr).toMatchObject({ code: 0 });
    expect(continued.stderr).toContain("1 of 18 rows of pairs.jsonl share a text with --dev");
    expect(continued.stderr).toContain(
      "Training ended after step 2 of 3: dev got no better than at step 1 (patience 1).",
    );
    expect(continued.stdout).toContain("the weights of step 1 are kept");
    const first = JSON.parse(readFileSync(join(folder, "next.jsonl"), "utf8").split("\n")[0] as string) as {
      loss: number;
    };
    expect(first.loss).toBeLessThan(log[0]?.loss as number);
    const next = parseManifest(new Uint8Array(readFileSync(join(folder, "next/manifest.json"))));
    expect(next.retention).toBeUndefined();
    expect(next).toMatchObject({
      adapter: { rank: 4, alpha: 4, scaling: 2 },
      prompt: { instruction: "t300 t301", query: "Instruct: t300 t301\nQuery:" },
      hyperparameters: { maxTokens: 20 },
    });
    expect(JSON.parse(readFileSync(join(folder, "next/adapter_config.json"), "utf8"))).toMatchObject({
      use_rslora: true,
      lora_alpha: 4,
      target_modules: expect.arrayContaining(["q_proj", "down_proj"]),
    });
  });

  test.each([
    ["a missing file", ["--pairs", "none.jsonl", "--out", "o"], "no file none.jsonl"],
    ["an unknown flag", ["--pears", "x"], "pears"],
    ["no pairs", ["--out", "o"], "--pairs is missing"],
    ["a rate that is no number", ["--pairs", "pairs.jsonl", "--out", "o", "--lr", "fast"], "--lr takes a number"],
    ["a negative number", ["--pairs", "pairs.jsonl", "--out", "o", "--epochs", "-3"], "--epochs takes 1 or more"],
    ["a base that is nowhere", ["--pairs", "pairs.jsonl", "--out", "o", "--base", "nowhere"], "no folder nowhere"],
    ["a folder of other things", ["--pairs", "pairs.jsonl", "--out", "."], "not empty"],
    ["a base without a name", ["--base", base, "--pairs", "pairs.jsonl", "--out", "o"], "Give --base-id owner/name"],
    ["a path as the base's name", ["--base-id", "../nano", "--pairs", "pairs.jsonl", "--out", "o"], "--base-id takes"],
    ["a folder below a file", ["--pairs", "pairs.jsonl", "--out", "test.jsonl/o"], "cannot be written"],
    ["a log inside the artifact", ["--pairs", "pairs.jsonl", "--out", "o", "--log", "o/log"], "--log: o/log lies in"],
  ])("refuses %s with exit code 2 and says what to do", async (_, args, words) => {
    const { code, stderr } = await runCommand(train, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
    expect(stderr).not.toContain("    at ");
  });

  test("bad lines stop a command before it computes, unless they are to be skipped", async () => {
    const trained = await runCommand(train, ...training, "--pairs", "bad.jsonl", "--out", "never");
    const scored = await runCommand(evaluate, ...common, "--pairs", "bad.jsonl");
    for (const { code, stderr } of [trained, scored]) {
      expect(code, stderr).toBe(2);
      expect(stderr).toContain("bad.jsonl, line 19");
      expect(stderr).toContain("2 lines of bad.jsonl cannot be read");
      expect(stderr).toContain("--skip-bad-lines to go on with the other 18 pairs");
      expect(stderr).not.toContain("Computing with");
    }
    const { code, stderr } = await runCommand(evaluate, ...common, "--pairs", "bad.jsonl", "--skip-bad-lines");
    expect(code, stderr).toBe(0);
  });

  test("one file is split as the page does, planned by the preset, and scored; the data is said to be little", async () => {
    const flags = [
      "--pairs",
      "pairs.jsonl",
      "--preset",
      "fast",
      "--epochs",
      "1",
      "--out",
      "split",
      "--max-tokens",
      "20",
      "--no-general",
    ];
    const { code, stdout, stderr } = await runCommand(train, ...training, ...flags);
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/Split of pairs\.jsonl: 12 rows to train on, 2 for dev, 4 for the test/);
    expect(stderr).toContain("1 pass over your 12 pairs in batches of 16: 1 step.");
    expect(stderr).toMatch(/There is little to learn from and to test with: 12 training pairs/);
    expect(stdout).toMatch(/^recall@10 +\d/m);
    // The change with its interval, and what it comes to in words, as `evaluate --compare` says it.
    expect(stdout).toMatch(/^recall@10 +[+-][\d.]+ {2}\[[+-][\d.]+, [+-][\d.]+\]/m);
    expect(stdout).toMatch(/^(Improved|Worse|Not decided|No change): /m);
    const manifest = parseManifest(new Uint8Array(readFileSync(join(folder, "split/manifest.json"))));
    expect(manifest).toMatchObject({ hyperparameters: { rank: 8, alpha: 16 } });

    const again = await runCommand(train, ...training, ...flags, "--log", "again.jsonl");
    expect(again).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining("or --replace to put the new"),
    });
    expect(existsSync(join(folder, "again.jsonl"))).toBe(false);
    expect(parseManifest(new Uint8Array(readFileSync(join(folder, "split/manifest.json"))))).toEqual(manifest);
  });

  test.each([
    ["--split", "half", "--split: half is not auto, none or two shares"],
    ["--preset", "quick", "--preset takes fast, balanced, thorough"],
  ])("refuses %s %s", async (flag, value, words) => {
    const { code, stderr } = await runCommand(train, ...training, "--pairs", "pairs.jsonl", "--out", "o", flag, value);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(words);
  });

  test("says before the first step that the result could not be written", async () => {
    const out = "n".repeat(201);
    const args = [...training, "--pairs", "pairs.jsonl", "--out", out, "--log", "never.jsonl"];
    const { code, stderr } = await runCommand(train, ...args);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain("manifest cannot hold name");
    expect(readFileSync(join(folder, "never.jsonl"), "utf8")).toBe("");
  });

  test("--help lists every flag, marks the required ones and shows examples", async () => {
    const { code, stdout } = await runCommand(train, "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("npm run train -- --out DIR [flags]");
    expect(stdout).toMatch(/--out DIR +\(required\)/);
    expect(stdout).toContain("Examples:\n  npm run train -- --pairs pairs.jsonl --out tuned/");
    const flags =
      "preset split replace no-general skip-bad-lines pairs test dev evaluate-every patience base base-id epochs " +
      "batch lr rank alpha warmup max-tokens seed adapter no-shuffle log out task";
    for (const flag of flags.split(" ")) expect(stdout).toContain(`--${flag}`);
  });
});
