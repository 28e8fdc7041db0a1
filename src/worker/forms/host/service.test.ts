import { beforeAll, describe, expect, test } from "vitest";
import {
  buildArtifact,
  MANIFEST_PATH,
  memoryFolder,
  parseManifest,
  PROBE_TEXTS,
  unzipArtifact,
  type FolderFile,
} from "../../../domain/artifact/index.ts";
import { sampleAdapter, sampleInput } from "../../../domain/artifact/sample.ts";
import type { RetrievalEvaluation, RetrievalTask } from "../../../domain/evaluation/types.ts";
import { formRecallOf } from "../../../domain/export/index.ts";
import { sha256Hex } from "../../../domain/hashing.ts";
import { present } from "../../../domain/present.ts";
import { packRunTexts } from "../../../domain/run/texts.ts";
import { openCheckpoint } from "../../../domain/safetensors/index.ts";
import {
  evaluateModel,
  exportArtifact,
  loadBase,
  LoraAdapter,
  openDevice,
  type DeviceSession,
} from "../../../engine/index.ts";
import { memoryStore } from "../../../platform/hub/index.ts";
import { diskModel, tinyBase } from "../../../testing/modelFiles.ts";
import { seal } from "../../rpc.ts";
import type { FormProgress, SaveTarget } from "../protocol.ts";
import { FormsHost, type FormsPorts } from "./service.ts";

const base = { ...diskModel(tinyBase), id: "qwen3-embedding-tiny", revision: "bundled" };
const task: RetrievalTask = {
  queries: PROBE_TEXTS.map((text, i) => ({ text, relevant: [i], component: i })),
  corpus: [...PROBE_TEXTS],
  splitHash: "of the run",
};
let session: DeviceSession;
/** What the run scored on its test. */
let tuned: RetrievalEvaluation;
/** What the engine exports: its reference embeddings are those of the tuned model. */
let artifact: FolderFile[];
beforeAll(async () => {
  session = await openDevice({ backends: ["wasm"] });
  const loaded = await loadBase(session, base);
  const adapter = LoraAdapter.from(session.kernels, loaded.config, await sampleAdapter(base));
  const {
    base: _b,
    baseSha256: _s,
    adapter: _a,
    reference: _r,
    engine: _e,
    device: _d,
    ...record
  } = await sampleInput(base);
  artifact = await exportArtifact(loaded, adapter, { ...record, commit: null });
  tuned = await evaluateModel(loaded, adapter, task, {
    label: "tuned",
    prompts: manifestOf(artifact).prompt,
    maxTokens: 256,
  });
  loaded.dispose();
}, 60_000);

const manifestOf = (files: readonly FolderFile[]) =>
  parseManifest(present(files.find(({ path }) => path === MANIFEST_PATH)?.bytes, "manifest"));

const host = (store = memoryStore(), ports: Partial<FormsPorts> = {}) => ({
  store,
  forms: new FormsHost({
    store,
    openStored: async (path) => new File([new Uint8Array(present(store.files.get(path), path))], path),
    openBase: async () => base,
    openDevice: async () => ({ ...session, close: () => undefined }),
    openOnnx: () => Promise.reject(new Error("no form of ONNX is made here")),
    fetch: async () => new Response(null, { status: 404 }),
    program: "# the script",
    ...ports,
  }),
});
const never = new AbortController().signal;
const asked = { base: { source: "bundled", name: base.id }, folder: "tuned", target: null, tuned: null } as const;
/** A file as the person would have chosen it: it has what was written when that was closed. */
const chosen = () => {
  const written: Uint8Array[] = [];
  const state = { ended: "", bytes: () => new Uint8Array(Buffer.concat(written)) };
  const writable = new WritableStream<Uint8Array>({
    write: (chunk) => void written.push(chunk.slice()),
    close: () => void (state.ended = "closed"),
    abort: () => void (state.ended = "discarded"),
  });
  return { state, target: { createWritable: async () => writable } as unknown as NonNullable<SaveTarget> };
};

describe("a form made in the page", () => {
  test("is written through the disk, checked there, measured on the run's test, and saved as one zip", async () => {
    const { forms, store } = host();
    // What a tab left that was closed in the middle of one.
    for (const left of ["part/model.safetensors", "part/of-another.gguf"]) store.files.set(left, new Uint8Array(3));
    const phases: FormProgress[] = [];
    const request = { ...asked, artifact, form: "merged", dtype: "bf16", tuned } as const;
    const { file, cosine, bytes, recall } = await forms.make(request, seal(task), (step) => phases.push(step), never);
    expect(cosine).toBeGreaterThan(0.999);
    expect(recall).toMatchObject({
      by: "engine",
      queries: 8,
      corpus: 8,
      adapter: tuned.metrics["recall@10"],
      delta: 0,
    });
    expect(phases.findLast(({ phase }) => phase === "recall")).toEqual({ phase: "recall", texts: 16, of: 16 });
    const of = { ...tuned, splitHash: "of another" };
    expect(() => formRecallOf("engine", tuned, of, task)).toThrow("different splits");
    expect(present(file, "file").size).toBe(bytes);
    const files = await unzipArtifact(new Uint8Array(await present(file, "file").arrayBuffer()));
    const folder = memoryFolder(files.map((one) => ({ ...one, path: one.path.replace("tuned/", "") })));
    const card = new TextDecoder().decode(await folder.read("README.md"));
    expect(card).toContain("on 8 test questions against 8 documents");
    expect(card).toContain("a change of +0.00 points");
    expect(await folder.paths()).toEqual(expect.arrayContaining(["README.md", "config.json", "tokenizer.json"]));
    const { tensors } = await openCheckpoint({ ...folder, id: "", revision: "", sha256: async () => null });
    expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["BF16"]));
    expect([...new Set(phases.map(({ phase }) => phase))]).toEqual(["write", "check", "recall", "save"]);
    expect([...store.files.keys()]).toEqual(["download.zip"]); // The staged files are gone.
  }, 60_000);

  test("goes to the file that the person chose, and is discarded there when it is stopped", async () => {
    const { forms, store } = host();
    const whole = chosen();
    const request = { ...asked, artifact, form: "gguf", dtype: "q8" } as const;
    const saved = await forms.make({ ...request, target: whole.target }, null, () => {}, never);
    expect([saved.file, whole.state.ended, whole.state.bytes().length]).toEqual([null, "closed", saved.bytes]);
    expect(saved.cosine).toBeGreaterThan(0.999);

    const stopped = chosen();
    const stop = new AbortController();
    const onSave = ({ phase }: FormProgress) => phase === "save" && stop.abort();
    await expect(forms.make({ ...request, target: stopped.target }, null, onSave, stop.signal)).rejects.toThrow(
      "aborted",
    );
    expect(stopped.state.ended).toBe("discarded");
    expect([...store.files.keys()]).toEqual([]);
  }, 60_000);

  test("is refused when the disk is full, its vectors differ, or the base is another; nothing stays", async () => {
    const request = { ...asked, form: "gguf", dtype: "f16" } as const;
    const small = host(memoryStore(1_000_000));
    await expect(small.forms.make({ ...request, artifact }, null, () => {}, never)).rejects.toMatchObject({
      code: "storage-full",
    });
    expect(small.store.files.size).toBe(0);
    const filling = host({ ...memoryStore(1_000_000), free: async () => null });
    await expect(filling.forms.make({ ...request, artifact }, null, () => {}, never)).rejects.toMatchObject({
      code: "storage-full",
    });
    expect(filling.store.files.size).toBe(0);
    const forged = await buildArtifact(await sampleInput(base)); // Its reference is of another model.
    const { forms, store } = host();
    await expect(forms.make({ ...request, artifact: forged }, null, () => {}, never)).rejects.toMatchObject({
      code: "export-differs",
    });
    expect(store.files.size).toBe(0);
    const other = host(undefined, { openBase: async () => ({ ...base, sha256: async () => "0".repeat(64) }) });
    await expect(other.forms.make({ ...request, artifact }, null, () => {}, never)).rejects.toMatchObject({
      code: "base-mismatch",
    });
  }, 60_000);
});

test("a run leaves as the folder of its script, from its own texts alone", async () => {
  const manifest = manifestOf(artifact);
  const rows = Array.from({ length: 6 }, (_, i) => ({ query: `q ${i}`, positive: `d ${i}`, negatives: [`n ${i}`] }));
  const test = { ...task, splitHash: present(manifest.split, "split").hash };
  const { forms } = host();
  const request = { artifact, folder: "script", target: null };
  const { file } = await forms.script(
    request,
    seal(packRunTexts({ examples: rows, dev: null, test })),
    () => {},
    never,
  );
  const files = await unzipArtifact(new Uint8Array(await present(file, "file").arrayBuffer()));
  const text = (path: string) => new TextDecoder().decode(files.find((one) => one.path === `script/${path}`)?.bytes);
  expect(text("train.py")).toBe("# the script");
  expect(JSON.parse(text("run.json"))).toMatchObject({
    fingerprint: manifest.fingerprint,
    hyperparameters: { seed: manifest.seed, batchSize: manifest.hyperparameters?.batchSize },
  });
  const steps = (JSON.parse(text("schedule.json")) as { steps: number[][] }).steps.flat();
  expect(new Set(steps)).toEqual(new Set(rows.keys()));
  expect(JSON.parse(text("rows.jsonl").split("\n")[0]!)).toMatchObject(rows[0]!);

  const strange = seal(packRunTexts({ examples: rows, dev: null, test: task }));
  await expect(forms.script(request, strange, () => {}, never)).rejects.toMatchObject({ code: "different-splits" });
});

test("a form of the server is saved as it was made, or not at all", async () => {
  const bytes = new TextEncoder().encode("weights");
  const addresses: string[] = [];
  const fetch = async (address: string) => {
    addresses.push(address);
    return new Response(bytes);
  };
  const { forms, store } = host(undefined, { fetch });
  const request = {
    repo: "recall-studio/x-tuned-merged",
    revision: "v1-0a1b2c3d",
    date: "2026-11-22T10:00:00Z",
    folder: "f",
    target: null,
  };
  const file = { path: "1_Pooling/config.json", bytes: bytes.length, sha256: sha256Hex(bytes) };
  const saved = await forms.fetch({ ...request, files: [file] }, () => {}, never);
  const [unzipped] = await unzipArtifact(new Uint8Array(await present(saved.file, "file").arrayBuffer()));
  expect(unzipped?.bytes).toEqual(bytes);
  expect(addresses).toEqual(["/recall-studio/x-tuned-merged/resolve/v1-0a1b2c3d/1_Pooling/config.json"]);

  const damaged = forms.fetch({ ...request, files: [{ ...file, sha256: "0".repeat(64) }] }, () => {}, never);
  await expect(damaged).rejects.toMatchObject({ code: "download-damaged" });
  expect(store.files.size).toBe(0);
  const away = host(undefined, { fetch: () => Promise.reject(new TypeError("fetch failed")) });
  await expect(away.forms.fetch({ ...request, files: [file] }, () => {}, never)).rejects.toMatchObject({
    code: "server-unreachable",
  });
});
