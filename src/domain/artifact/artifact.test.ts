// Longer than 300 lines: one folder is built once and looked at, forged and refused in every way.
import { at } from "../present.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { sha256Hex } from "../hashing.ts";
import { readModelConfig } from "../modelConfig.ts";
import { openCheckpoint, parseHeader } from "../safetensors/index.ts";
import { diskModel, memoryModel, tinyBase } from "../../testing/modelFiles.ts";
import {
  asModelFolder,
  buildArtifact,
  buildManifest,
  jsonBytes,
  manifestDigest,
  memoryFolder,
  mergeAdapter,
  parseManifest,
  REFERENCE_PATH,
  trainedHere,
  verifyArtifact,
  writeReference,
  type ArtifactInput,
  type FolderFile,
  type Manifest,
} from "./index.ts";
import { asVersionOne, sampleInput, type TrainedInput } from "./sample.ts";

const base = diskModel(tinyBase);
let input: TrainedInput;
let files: FolderFile[];
let manifest: Manifest;
beforeAll(async () => {
  input = await sampleInput(base);
  files = await buildArtifact(input);
  manifest = parseManifest(bytesOf("manifest.json"));
});
const hashes = (folder: FolderFile[]) => folder.map(({ path, bytes }) => [path, sha256Hex(bytes)]);
const bytesOf = (path: string) => files.find((file) => file.path === path)!.bytes;
const jsonOf = (path: string) => JSON.parse(new TextDecoder().decode(bytesOf(path))) as Record<string, unknown>;
const replaced = (path: string, bytes: Uint8Array) =>
  files.map((file) => (file.path === path ? { path, bytes } : file));
const codes = async (folder: { path: string; bytes: Uint8Array }[]) =>
  (await verifyArtifact(memoryFolder(folder))).problems.map(({ file, code }) => `${file}: ${code}`);

/** A file changed *and* listed with its new hash: only the content checks can find it. */
const forged = (path: string, bytes: Uint8Array) => {
  const { fingerprint: _f, digest: _d, ...body } = manifest;
  const changed = buildManifest({
    ...body,
    files: body.files.map((file) =>
      file.path === path ? { path, bytes: bytes.length, sha256: sha256Hex(bytes) } : file,
    ),
  });
  return replaced(path, bytes).map((file) =>
    file.path === "manifest.json" ? { path: file.path, bytes: jsonBytes(changed) } : file,
  );
};
const forgedJson = (path: string, change: object) => forged(path, jsonBytes({ ...jsonOf(path), ...change }));

describe("the folder", () => {
  test("has what PEFT, sentence-transformers and transformers.js open", () => {
    expect(files.map(({ path }) => path)).toEqual([
      "1_Pooling/config.json",
      "2_Normalize/config.json",
      "README.md",
      "adapter_config.json",
      "adapter_model.safetensors",
      "base_config.json",
      "config_sentence_transformers.json",
      "evaluation.json",
      "manifest.json",
      "modules.json",
      "reference_embeddings.safetensors",
      "sentence_bert_config.json",
      "special_tokens_map.json",
      "tokenizer.json",
      "tokenizer_config.json",
    ]);
    expect(jsonOf("1_Pooling/config.json")).toMatchObject({
      word_embedding_dimension: 128,
      pooling_mode_lasttoken: true,
    });
    expect(jsonOf("config_sentence_transformers.json").prompts).toEqual({
      query: "Instruct: Find the answer\nQuery:",
      document: "",
    });
    expect(jsonOf("tokenizer_config.json").padding_side).toBe("left");
    expect(jsonOf("sentence_bert_config.json")).toEqual({ max_seq_length: 256, do_lower_case: false });
    expect(jsonOf("base_config.json")).toMatchObject({
      model_type: "qwen3",
      "transformers.js_config": { use_external_data_format: { "model.onnx": 2 } },
    });
    expect(jsonOf("modules.json")).toMatchObject([
      { type: "sentence_transformers.models.Transformer" },
      { type: "sentence_transformers.models.Pooling" },
      { type: "sentence_transformers.models.Normalize" },
    ]);
  });

  test("is the same bytes for the same input, and verifies", async () => {
    expect(hashes(await buildArtifact(input))).toEqual(hashes(files));
    const { problems } = await verifyArtifact(memoryFolder(files), {
      sha256: input.baseSha256,
      config: await readModelConfig(base),
    });
    expect(problems).toEqual([]);
  });

  test("is refused with what makes a complete model of it: libraries would not apply the adapter to its base alone", async () => {
    const { fingerprint: _f, digest: _d, ...body } = manifest;
    for (const path of ["config.json", "model.safetensors", "model-00001-of-00002.safetensors", "pytorch_model.bin"]) {
      const bytes = new Uint8Array(2);
      const listed = [...body.files, { path, bytes: 2, sha256: sha256Hex(bytes) }];
      const folder = replaced("manifest.json", jsonBytes(buildManifest({ ...body, files: listed })));
      expect(await codes([...folder, { path, bytes }])).toEqual([`${path}: adapter-beside-model`]);
    }
  });

  test("of schema version 1 is still read, with the merged weights that it may hold", async () => {
    const old = asVersionOne(files);
    expect(parseManifest(at(old, -1).bytes)).toMatchObject({ schemaVersion: 1 });
    expect(old.map(({ path }) => path)).toContain("config.json");
    expect(await codes(old)).toEqual([]);

    const { chunks } = mergeAdapter(await openCheckpoint(base), input.adapter, await readModelConfig(base), "F32");
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(new Uint8Array(chunk));
    const merged = asVersionOne(files, [
      { path: "model.safetensors", bytes: new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()) },
    ]);
    expect(await codes(merged)).toEqual([]);
    expect(parseManifest(at(merged, -1).bytes).fingerprint).toBe(parseManifest(at(old, -1).bytes).fingerprint);
    const weights = merged.find(({ path }) => path === "model.safetensors")!;
    expect(parseHeader(weights.bytes).tensors.size).toBe(46);
    weights.bytes[weights.bytes.length >> 1]! ^= 1;
    expect(await codes(merged)).toEqual(["model.safetensors: file-hash"]);
  });

  test("is a model folder whose config is the base's, in both versions", async () => {
    for (const folder of [files, asVersionOne(files)]) {
      const opened = asModelFolder(memoryModel(Object.fromEntries(folder.map(({ path, bytes }) => [path, bytes]))));
      expect(await readModelConfig(opened)).toEqual(await readModelConfig(base));
    }
    const plain = asModelFolder(base);
    expect(await plain.size("config.json")).toBe(await base.size("config.json"));
  });

  test("the fingerprint follows what makes a vector, not when or how it scored", async () => {
    const of = async (change: Partial<ArtifactInput>) =>
      parseManifest((await buildArtifact({ ...input, ...change })).find(({ path }) => path === "manifest.json")!.bytes);
    const same = await of({ createdAt: "2027-01-01T00:00:00Z", name: "other", evaluation: null });
    expect(same.fingerprint).toBe(manifest.fingerprint);
    expect(same.digest).not.toBe(manifest.digest);
    expect((await of({ prompts: { query: "q: ", document: "" } })).fingerprint).not.toBe(manifest.fingerprint);
    expect((await of({ baseSha256: sha256Hex("other") })).fingerprint).not.toBe(manifest.fingerprint);
    const tensors = new Map(
      [...input.adapter.tensors].map(([name, values], i) => [name, i ? values : values.map((value) => value * 1.01)]),
    );
    expect((await of({ adapter: { ...input.adapter, tensors } })).fingerprint).not.toBe(manifest.fingerprint);
  });
});

describe("verification", () => {
  test("manifest and card say which negatives were mined", async () => {
    const mining = { numNegatives: 3, relativeMargin: 0.05, negatives: 40, accepted: 2, rejected: 1 };
    const mined = await buildArtifact({ ...input, dataset: { ...input.dataset, mining } });
    const bytes = (path: string) => mined.find((one) => one.path === path)!.bytes;
    expect(parseManifest(bytes("manifest.json")).dataset?.mining).toEqual(mining);
    expect(new TextDecoder().decode(bytes("README.md"))).toContain("40 mined with the base, up to 3 a query");
  });

  test("manifest and card say what precision was asked for, and what the steps had", async () => {
    const cardOf = async (precision: "mixed" | "f32") => {
      const hyperparameters = { ...input.hyperparameters, precision: "mixed" as const };
      const made = await buildArtifact({ ...input, hyperparameters, training: { ...input.training, precision } });
      const bytes = (path: string) => made.find((one) => one.path === path)!.bytes;
      expect(parseManifest(bytes("manifest.json"))).toMatchObject({ hyperparameters, training: { precision } });
      return new TextDecoder().decode(bytes("README.md"));
    };
    expect(await cardOf("mixed")).toContain("| precision | mixed: forward products");
    expect(await cardOf("f32")).toContain("| precision | float32; mixed precision was asked for and did not hold");
    const plain = (await buildArtifact(input)).find(({ path }) => path === "README.md")!.bytes;
    expect(new TextDecoder().decode(plain)).not.toContain("precision |");
  });

  test("manifest, card and scores say that they were measured on generated questions, and what wrote them", async () => {
    const { evaluation } = input;
    if (!evaluation) throw new Error("The sample has no evaluation.");
    const measuredOn = "generated questions" as const;
    const provenance = {
      source: "documents" as const,
      writer: "endpoint" as const,
      model: "qwen3:4b",
      promptHash: "a".repeat(64),
      seed: 1,
      perPassage: 2,
      examples: 12,
      passages: { asked: 10, kept: 6, rejected: 1, failed: 1, skipped: 2 },
      questions: { written: 14, kept: 9, rejected: { copied: 5, language: 0 } },
      thresholds: { copiedShare: 0.7 },
    };
    const written = await buildArtifact({
      ...input,
      dataset: { ...input.dataset, provenance },
      evaluation: { ...evaluation, tuned: { ...evaluation.tuned, measuredOn } },
    });
    const text = (path: string) => new TextDecoder().decode(written.find((one) => one.path === path)!.bytes);
    const stated = parseManifest(new TextEncoder().encode(text("manifest.json")));
    expect(stated.evaluation?.measuredOn).toBe(measuredOn);
    expect(stated.dataset?.provenance).toEqual(provenance);
    expect(JSON.parse(text("evaluation.json"))).toMatchObject({ measuredOn });
    expect(text("README.md")).toContain("**Measured on generated questions: what people ask may turn out otherwise.**");
    expect(text("README.md")).toContain(
      "Questions written from documents by qwen3:4b; 10 passages asked, of which 6 kept",
    );
    expect(text("README.md")).toContain("9 of 14 questions kept (rejected: copied 5)");
    expect(new TextDecoder().decode(bytesOf("README.md"))).not.toContain("Measured on");
  });

  test("reads manifests of before training could end early", () => {
    const { patience: _, ...hyperparameters } = trainedHere(manifest).hyperparameters;
    const older = { ...manifest, hyperparameters } as Manifest;
    expect(parseManifest(jsonBytes({ ...older, digest: manifestDigest(older) })).hyperparameters?.patience).toBe(0);
  });

  test("names every file when one byte of it is altered, and when it is cut", async () => {
    for (const { path, bytes } of files) {
      const altered = new Uint8Array(bytes);
      altered[Math.floor(bytes.length / 2)]! ^= 1;
      const found = await codes(replaced(path, altered));
      expect(found.length, path).toBeGreaterThan(0);
      expect(
        found.every((line) => line.startsWith(`${path}: `)),
        found.join(),
      ).toBe(true);
      const cut = await codes(replaced(path, bytes.slice(0, -2)));
      expect(cut[0], path).toMatch(path === "manifest.json" ? /manifest/ : /file-size/);
    }
  });

  test("names missing and unlisted files", async () => {
    for (const { path } of files)
      expect(await codes(files.filter((file) => file.path !== path))).toContain(`${path}: file-missing`);
    expect(await codes([...files, { path: "evil.py", bytes: new Uint8Array(1) }])).toEqual(["evil.py: file-unlisted"]);
    expect(await codes([...files, { path: "onnx/model.onnx", bytes: new Uint8Array(1) }])).toEqual([]);
  });

  test("finds contents that contradict each other although every hash fits", async () => {
    const nan = writeReference({
      ...input.reference,
      tuned: { ...input.reference.tuned, query: input.reference.tuned.query.map(() => NaN) },
    });
    const cases: [{ path: string; bytes: Uint8Array }[], string][] = [
      [forgedJson("tokenizer_config.json", { padding_side: "right" }), "tokenizer_config.json: padding-mismatch"],
      [
        forgedJson("1_Pooling/config.json", { pooling_mode_lasttoken: false }),
        "1_Pooling/config.json: pooling-mismatch",
      ],
      [
        forgedJson("config_sentence_transformers.json", { prompts: { query: "", document: "" } }),
        "config_sentence_transformers.json: prompt-mismatch",
      ],
      [
        forgedJson("sentence_bert_config.json", { max_seq_length: 512 }),
        "sentence_bert_config.json: token-limit-mismatch",
      ],
      [forgedJson("adapter_config.json", { lora_alpha: 16 }), "adapter_config.json: adapter-mismatch"],
      [forgedJson("adapter_config.json", { use_rslora: true }), "adapter_config.json: adapter-mismatch"],
      [forgedJson("adapter_config.json", { target_modules: "all-linear" }), "adapter_config.json: adapter-mismatch"],
      [forgedJson("adapter_config.json", { task_type: null }), "adapter_config.json: adapter-mismatch"],
      [forgedJson("evaluation.json", { tuned: { "recall@10": [1, 1, 1] } }), "evaluation.json: evaluation-mismatch"],
      [forgedJson("evaluation.json", { measuredOn: "weak pairs" }), "evaluation.json: evaluation-mismatch"],
      [forgedJson("evaluation.json", { kinds: [{ name: "k", queries: [3] }] }), "evaluation.json: evaluation-mismatch"],
      [forged("modules.json", jsonBytes([])), "modules.json: pooling-mismatch"],
      [forged("tokenizer.json", new Uint8Array(3)), "tokenizer.json: model-file-invalid"],
      [forged(REFERENCE_PATH, nan), `${REFERENCE_PATH}: reference-invalid`],
      [
        forged(
          "adapter_model.safetensors",
          new TextEncoder()
            .encode(new TextDecoder("latin1").decode(bytesOf("adapter_model.safetensors")))
            .slice(0, 100),
        ),
        "adapter_model.safetensors: safetensors-invalid",
      ],
    ];
    for (const [folder, expected] of cases) expect(await codes(folder)).toContain(expected);
  });

  test("refuses another base, paths that leave the folder, newer schemas, and changed scores", async () => {
    const config = await readModelConfig(base);
    const other = await verifyArtifact(memoryFolder(files), {
      sha256: sha256Hex("other"),
      config: { ...config, layers: 5 },
    });
    expect(other.problems.map(({ code }) => code)).toEqual(["base-mismatch", "config-mismatch"]);
    const { digest: _, ...rest } = manifest;
    const write = (change: object) => {
      const changed = { ...rest, ...change };
      return jsonBytes({ ...changed, digest: manifestDigest(changed) });
    };
    const outside = { path: "../../etc/passwd", bytes: 1, sha256: sha256Hex("x") };
    expect(() => parseManifest(write({ files: [...manifest.files, outside] }))).toThrow(/files\.\d+\.path/);
    expect(() => parseManifest(write({ schemaVersion: 4 }))).toThrow(
      expect.objectContaining({ code: "manifest-too-new" }),
    );
    expect(() => parseManifest(jsonBytes({ ...manifest, seed: 7 }))).toThrow(
      expect.objectContaining({ code: "manifest-altered" }),
    );
    expect(() => parseManifest(write({ fingerprint: sha256Hex("x") }))).toThrow(
      expect.objectContaining({ code: "manifest-altered" }),
    );
    expect(() => parseManifest(new TextEncoder().encode("{}"))).toThrow(
      expect.objectContaining({ code: "manifest-invalid" }),
    );
  });
});
