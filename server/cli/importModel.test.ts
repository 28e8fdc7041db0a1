import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  MANIFEST_PATH,
  memoryFolder,
  parseManifest,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  verifyArtifact,
  type Manifest,
} from "../../src/domain/artifact/index.ts";
import { f32ToBf16, readAllFloat32, writeSafetensors } from "../../src/domain/safetensors/index.ts";
import { fixture } from "../../src/testing/modelFiles.ts";
import { runCommand, type Ended } from "../testing/command.ts";
import { exportForm } from "./export.ts";
import { importModel } from "./importModel.ts";

let folder: string;
const at = (path: string): string => join(folder, path);
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "studio-import-"));
  const rows = Array.from({ length: 12 }, (_, i) => JSON.stringify({ query: `t${i}`, positive: `t${i + 100} t${i}` }));
  writeFileSync(at("test.jsonl"), rows.join("\n"));
  expect(await run(fixture("adapters/peft_adapter"), "peft")).toMatchObject({ code: 0 });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const nano = ["--base", fixture("nano"), "--base-id", "nano", "--backend", "wasm"];
const run = (adapter: string, out: string, ...more: string[]): Promise<Ended> =>
  runCommand(importModel, "--adapter", adapter, "--out", at(out), ...nano, ...more);
const filesOf = (out: string) =>
  readdirSync(at(out), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: path.slice(at(out).length + 1), bytes: new Uint8Array(readFileSync(path)) }));
const manifestOf = (out: string): Manifest => parseManifest(new Uint8Array(readFileSync(join(at(out), MANIFEST_PATH))));
const tuned = (out: string) => readReference(new Uint8Array(readFileSync(join(at(out), REFERENCE_PATH)))).tuned;
const cosine = (a: string, b: string): number =>
  Math.min(
    smallestCosine(tuned(a).query, tuned(b).query, 64),
    smallestCosine(tuned(a).document, tuned(b).document, 64),
  );

describe("npm run import", () => {
  test("measures an adapter of sentence-transformers and writes what the registry takes", async () => {
    const ended = await run(
      fixture("adapters/sentence_transformers_adapter"),
      "st",
      "--test",
      at("test.jsonl"),
      "--json",
    );
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    const { manifest, problems } = await verifyArtifact(memoryFolder(filesOf("st")));
    expect(problems).toEqual([]);
    expect(manifest).toMatchObject({
      schemaVersion: 3,
      imported: {
        format: "peft",
        tool: "peft 0.21.0",
        namedBase: "nano",
        notes: [],
        test: { name: "test.jsonl", rows: 12 },
      },
      adapter: { rank: 4, alpha: 8 },
      prompt: { query: "t500 t501 t502 " },
      training: null,
      dataset: null,
    });
    expect(manifest?.evaluation).toMatchObject({ queries: 12, corpus: 12 });
    expect(manifest?.evaluation?.comparisons.map(({ metric }) => metric)).toContain("recall@10");
    const card = readFileSync(at("st/README.md"), "utf8");
    expect(card).toContain("Trained elsewhere and imported");
    expect(card).toContain("| measured on | test.jsonl, 12 rows");
    expect(existsSync(at("st.part"))).toBe(false);
    // What is there, it may be a model that was trained for hours, is not replaced.
    expect(await run(fixture("adapters/peft_adapter"), "st")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("st is not empty"),
    });
    expect(manifestOf("st")).toEqual(manifest);
  });

  test("the same model as adapter alone and merged gives the same vectors, and the merged one its rank back", async () => {
    expect(await run(fixture("adapters/merged"), "merged")).toMatchObject({ code: 0 });
    expect(cosine("peft", "merged")).toBeGreaterThan(0.999999);
    expect(manifestOf("merged")).toMatchObject({
      adapter: { rank: 4, alpha: 4 },
      imported: {
        format: "merged",
        notes: [expect.stringMatching(/factored at rank 4: .* % .* cosine of at least (1|0\.99999\d)/)],
      },
    });
    expect(readFileSync(at("peft/README.md"), "utf8")).toContain("Nobody has measured it yet");
  });

  test("what the studio exports comes back as the same model", async () => {
    const exported = await runCommand(
      exportForm,
      "--artifact",
      at("peft"),
      "--base",
      fixture("nano"),
      "--form",
      "merged",
      "--dtype",
      "f32",
      "--out",
      at("peft-merged"),
      "--backend",
      "wasm",
    );
    expect(exported, exported.stderr).toMatchObject({ code: 0 });
    expect(await run(at("peft-merged"), "second")).toMatchObject({ code: 0 });
    expect(cosine("peft", "second")).toBeGreaterThan(0.999999);
    // The adapter folder without its manifest, as PEFT would have saved it.
    cpSync(at("peft"), at("bare"), { recursive: true });
    rmSync(at(`bare/${MANIFEST_PATH}`));
    expect(await run(at("bare"), "third")).toMatchObject({ code: 0 });
    expect(manifestOf("third").fingerprint).toBe(manifestOf("peft").fingerprint);
  });

  test("a merged model in BF16 is factored without its rounding", async () => {
    cpSync(fixture("adapters/merged"), at("bf16-merged"), { recursive: true });
    const tensors = readAllFloat32(readFileSync(fixture("adapters/merged/model.safetensors")));
    const halves = [...tensors].map(([name, { shape, values }]) => ({
      name,
      shape,
      dtype: "BF16" as const,
      data: f32ToBf16(values),
    }));
    writeFileSync(at("bf16-merged/model.safetensors"), writeSafetensors(halves));
    expect(await run(at("bf16-merged"), "bf16")).toMatchObject({ code: 0 });
    expect(manifestOf("bf16").adapter.rank).toBe(4);
    expect(cosine("peft", "bf16")).toBeGreaterThan(0.999);
  });

  test("names what cannot be imported, and writes nothing", async () => {
    const refused = async (change: (config: Record<string, unknown>) => void, ...more: string[]): Promise<string> => {
      rmSync(at("odd"), { recursive: true, force: true });
      cpSync(fixture("adapters/peft_adapter"), at("odd"), { recursive: true });
      const path = at("odd/adapter_config.json");
      const config = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
      change(config);
      writeFileSync(path, JSON.stringify(config));
      const ended = await run(at("odd"), "no", ...more);
      expect(ended.code).not.toBe(0);
      expect(existsSync(at("no")) ? readdirSync(at("no")) : []).toEqual([]);
      return ended.stderr;
    };
    expect(await refused((config) => (config.use_dora = true))).toMatch(/use_dora \(true\)[\s\S]*merge_and_unload/);
    expect(await refused((config) => (config.modules_to_save = ["norm"]))).toMatch(
      /modules_to_save[\s\S]*no LoRA adapter holds/,
    );
    expect(await refused((config) => (config.init_lora_weights = "pissa"))).toContain("path_initial_model_for_weight");
    expect(await refused((config) => (config.base_model_name_or_path = "Qwen/Qwen3-0.6B"))).toMatch(
      /trained on Qwen\/Qwen3-0\.6B, not on nano[\s\S]*--any-base/,
    );
    expect((await run(at("peft"), "no")).stderr).toContain("is an artifact of the studio already");
    expect((await run(folder, "no")).stderr).toContain("neither adapter_config.json nor a complete model");
    expect((await run(fixture("nano"), "no")).stderr).toContain("has the weights of its base");

    cpSync(fixture("adapters/sentence_transformers_adapter"), at("mean"), { recursive: true });
    writeFileSync(at("mean/1_Pooling/config.json"), JSON.stringify({ pooling_mode: "mean" }));
    expect((await run(at("mean"), "no")).stderr).toContain("asks for mean pooling");

    const low = await run(fixture("adapters/merged"), "no", "--rank", "1");
    expect(low.stderr).toMatch(/As an adapter of rank 1 .* % of the change[\s\S]*base of its own/);
    cpSync(fixture("adapters/merged"), at("norms"), { recursive: true });
    const all = readAllFloat32(readFileSync(fixture("adapters/merged/model.safetensors")));
    const changed = [...all].map(([name, { shape, values }]) => ({
      name,
      shape,
      dtype: "F32" as const,
      data: name === "norm.weight" ? values.map((value) => value * 1.1) : values,
    }));
    writeFileSync(at("norms/model.safetensors"), writeSafetensors(changed));
    expect((await run(at("norms"), "no")).stderr).toMatch(/norm\.weight was changed too[\s\S]*models\/base\//);
    expect(existsSync(at("no")) ? readdirSync(at("no")) : []).toEqual([]);
  });

  test("takes another base's name with --any-base, and says so on the card", async () => {
    cpSync(fixture("adapters/peft_adapter"), at("named"), { recursive: true });
    const path = at("named/adapter_config.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"nano"', '"me/nano-copy-bnb-4bit"'));
    expect(await run(at("named"), "any", "--any-base")).toMatchObject({ code: 0 });
    expect(manifestOf("any").imported?.notes).toEqual([
      expect.stringContaining("names me/nano-copy-bnb-4bit as the base"),
      expect.stringContaining("quantized"),
    ]);
  });
});
