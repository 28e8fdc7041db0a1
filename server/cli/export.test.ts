import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  PROBE_TEXTS,
  readReference,
  REFERENCE_PATH,
  smallestCosine,
  type FolderFile,
} from "../../src/domain/artifact/index.ts";
import type { FormRecall } from "../../src/domain/export/index.ts";
import { present } from "../../src/domain/present.ts";
import { readAllFloat32 } from "../../src/domain/safetensors/index.ts";
import { runCommand } from "../testing/command.ts";
import { trueArtifact } from "../testing/trueArtifact.ts";
import { exportForm } from "./export.ts";

let folder: string;
let artifact: string;
const write = (at: string, files: readonly Pick<FolderFile, "path" | "bytes">[]): string => {
  for (const { path, bytes } of files) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), bytes);
  }
  return at;
};
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "studio-export-"));
  artifact = write(join(folder, "artifact"), await trueArtifact(3));
});
afterAll(() => rmSync(folder, { recursive: true }));

const run = (out: string, ...args: string[]) =>
  runCommand(exportForm, "--artifact", artifact, "--out", join(folder, out), "--backend", "wasm", "--json", ...args);
const answer = (stdout: string) => JSON.parse(stdout) as { cosine: number; fingerprint: string };

describe("npm run export", () => {
  test("writes a complete model that needs no PEFT, checked and listed", async () => {
    const ended = await run("merged", "--form", "merged", "--dtype", "f32");
    expect(ended).toMatchObject({ code: 0 });
    expect(answer(ended.stdout).cosine).toBeGreaterThan(0.9999);
    const out = join(folder, "merged");
    expect(readdirSync(out).sort()).toEqual(
      expect.arrayContaining([
        "1_Pooling",
        "README.md",
        "config.json",
        "files.json",
        "model.safetensors",
        "modules.json",
        "tokenizer.json",
      ]),
    );
    expect(readdirSync(out)).not.toContain("adapter_config.json"); // PEFT would apply it a second time
    expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({ torch_dtype: "float32" });
    expect([...readAllFloat32(readFileSync(join(out, "model.safetensors"))).keys()]).toContain("norm.weight");
    const listed = JSON.parse(readFileSync(join(out, "files.json"), "utf8")) as {
      path: string;
      bytes: number;
      sha256: string;
    }[];
    for (const { path, bytes, sha256 } of listed) {
      const file = readFileSync(join(out, path));
      expect([file.length, createHash("sha256").update(file).digest("hex")], path).toEqual([bytes, sha256]);
    }
    expect(listed.map(({ path }) => path)).toContain("README.md");
  });

  test("writes GGUF with a Modelfile, whose numbers give the tuned model's vectors", async () => {
    const ended = await run("gguf", "--form", "gguf", "--dtype", "q8");
    expect(answer(ended.stdout).cosine).toBeGreaterThan(0.999);
    const [file] = readdirSync(join(folder, "gguf")).filter((path) => path.endsWith("-Q8_0.gguf"));
    expect(readFileSync(join(folder, "gguf/Modelfile"), "utf8")).toBe(`FROM ./${file}\n`);
    const card = readFileSync(join(folder, "gguf/README.md"), "utf8");
    expect(card).toContain(`--model ${file} --embedding --pooling last`);
    expect(card).toMatch(/cosine of at least 0\.999/);
    expect(card).toContain("was not measured");
  });

  test.each([
    ["gguf", "q8", "engine", /embedded by the studio's engine with the numbers in these files/],
    ["onnx", "f32", "onnxruntime", /embedded by onnxruntime/],
  ])("says what %s in %s costs in recall on a test, paired with the adapter's own", async (form, type, by, words) => {
    // Answers of other questions, more than ten: recall is not whole by itself.
    const rows = Array.from({ length: 24 }, (_, i) =>
      JSON.stringify({
        query: `What is said of ${i} in part ${i % 5}?`,
        positive: `Passage ${(i * 7) % 24}: ${"word ".repeat(i % 6)}`,
      }),
    );
    writeFileSync(join(folder, "test.jsonl"), rows.join("\n"));
    const ended = await run(`recall-${form}`, "--form", form, "--dtype", type, "--test", join(folder, "test.jsonl"));
    expect(ended).toMatchObject({ code: 0 });
    const { recall } = JSON.parse(ended.stdout) as { recall: FormRecall };
    expect(recall).toMatchObject({ by, queries: 24, corpus: 24 });
    expect(recall.adapter).toBeGreaterThan(0);
    expect(recall.adapter).toBeLessThan(1);
    expect(recall.delta).toBeCloseTo(recall.form - recall.adapter, 10);
    // F32 by another runtime ranks as the adapter does.
    if (type === "f32") expect([recall.delta, ...recall.interval]).toEqual([0, 0, 0]);
    const card = readFileSync(join(folder, `recall-${form}/README.md`), "utf8");
    expect(card).toMatch(words);
    expect(card).toContain(`Its recall@10 is ${(100 * recall.form).toFixed(2)} % on 24 test questions`);
  });

  test.each(["f32", "q8"])(
    "writes ONNX in %s that needs no other file, in versions that older runtimes take",
    async (type) => {
      const ended = await run(`onnx-${type}`, "--form", "onnx", "--dtype", type);
      expect(answer(ended.stdout).cosine).toBeGreaterThan(type === "f32" ? 0.9999 : 0.999);
      const out = join(folder, `onnx-${type}`);
      expect(readdirSync(join(out, "onnx")).sort()).toEqual(["model.onnx", "model.onnx_data"]);
      const graph = readFileSync(join(out, "onnx/model.onnx"));
      expect([...graph.subarray(0, 2)]).toEqual([0x08, 8]); // ir_version; 1.20 takes 10 at most
      expect(graph.includes(Buffer.from([0x42, 0x02, 0x10, 18]))).toBe(true); // opset_import; 1.20 takes 21 at most
      expect(graph.includes("RMSNormalization")).toBe(false);
      expect(JSON.parse(readFileSync(join(out, "config.json"), "utf8"))).toMatchObject({
        "transformers.js_config": { use_external_data_format: { "model.onnx": 1 } },
      });

      // What the card tells JavaScript programs to do, with this folder's place in it.
      const snippet = present(/```js\n([^`]*)```/.exec(readFileSync(join(out, "README.md"), "utf8"))?.[1], "snippet")
        .replace(/^import .*\n/, "")
        .replace('"/path/to"', JSON.stringify(folder))
        .replace("this-folder", `onnx-${type}`)
        .replace('"your question"', JSON.stringify(PROBE_TEXTS[1]));
      const AsyncFunction = (async () => undefined).constructor as new (
        ...parts: string[]
      ) => (...given: unknown[]) => Promise<{ data: Float32Array }>;
      const { env, pipeline } = await import("@huggingface/transformers");
      env.allowRemoteModels = false;
      const { data } = await new AsyncFunction("env", "pipeline", `${snippet}; return vectors;`)(env, pipeline);
      const { dim, tuned } = readReference(new Uint8Array(readFileSync(join(artifact, REFERENCE_PATH))));
      expect(smallestCosine(data, tuned.query.subarray(dim, 2 * dim), dim)).toBeGreaterThan(
        type === "f32" ? 0.9999 : 0.999,
      );
    },
  );

  test("writes llama.cpp's LoRA file, whose numbers and scale give the tuned model's vectors over the base", async () => {
    const out = join(folder, "lora");
    const flags = ["--artifact", artifact, "--out", out, "--form", "gguf-lora", "--backend", "wasm"];
    const ended = await runCommand(exportForm, ...flags);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/vectors: at least (0\.9999\d|1\.00000)\.\n/);
    expect(readFileSync(join(out, "README.md"), "utf8")).toContain("-lora.gguf --embedding");
  });

  test("refuses what cannot be, and leaves nothing behind", async () => {
    const files = await trueArtifact(3);
    const reference = files.find(({ path }) => path === "reference_embeddings.safetensors");
    const other = (await trueArtifact(9)).find(({ path }) => path === reference?.path);
    const swapped = write(
      join(folder, "swapped"),
      files.map((file) => (file === reference && other ? other : file)),
    );
    const differs = await runCommand(
      exportForm,
      "--artifact",
      swapped,
      "--out",
      join(folder, "differs"),
      "--form",
      "gguf",
      "--backend",
      "wasm",
    );
    expect(differs.code).toBe(1);
    expect(differs.stderr).toContain("gives other vectors than the tuned model");
    expect(readdirSync(folder).filter((name) => name.startsWith("differs"))).toEqual([]);

    expect(await run("no", "--form", "merged", "--dtype", "q8")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("not written as q8"),
    });
    expect(await run("no", "--form", "merged", "--base", "qwen3-embedding-small")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("holds other weights than qwen3-embedding-tiny"),
    });
    expect(await run("merged", "--form", "gguf")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("is not empty"),
    });
    expect(
      await runCommand(exportForm, "--artifact", folder, "--form", "gguf", "--out", join(folder, "no")),
    ).toMatchObject({ code: 2, stderr: expect.stringContaining("has no manifest.json") });
    expect(existsSync(join(folder, "no"))).toBe(false);
  });
});
