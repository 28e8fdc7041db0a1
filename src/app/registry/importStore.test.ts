import { expect, test } from "vitest";
import type { ModelVersion } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { createRunsStore } from "../runs/store.ts";
import { createModelsStore } from "./store.ts";

test("a folder is imported under an upload of its own, is tried again from memory, and its version opens the gate", async () => {
  const created: { path: string; bytes: number }[][] = [];
  const memory = new Map<string, string | null>();
  let refuse = true;
  let there = false;
  let datasets = [] as { id: string; missing: null }[];
  const client = {
    within: () => client,
    createUpload: async ({ files }: { files: { path: string; bytes: number }[] }) => {
      created.push(files);
      return { id: `u${created.length}`, existing: null, files: files.map((file) => ({ ...file, received: false })) };
    },
    upload: async () => Promise.reject(new StudioError("upload-unknown", "Gone.", "Again.")),
    putFile: async (_: string, path: string, bytes: Uint8Array) => ({ path, bytes: bytes.length, sha256: "" }),
    commit: async () => {
      if (refuse) throw new StudioError("adapter-unsupported", "It asks for use_dora.", "Merge it.");
      return { created: !there, version: { version: "v1-0a1b2c3d" } as ModelVersion };
    },
    abandon: async () => undefined,
    list: async () => ({ versions: [], production: null, previous: null }),
    events: async () => ({ events: [], next: null }),
  };
  const runs = createRunsStore(
    { list: async () => [], put: async () => undefined, remove: async () => undefined },
    async () => false,
  );
  const store = createModelsStore(runs, {
    client,
    memory: {
      get: (id: string) => memory.get(id) ?? null,
      set: (id: string, upload: string | null) => void memory.set(id, upload),
    },
    tracer: { start: () => ({ traceparent: "", set: () => undefined, end: () => undefined }) },
    artifacts: { load: async () => [] },
    measured: async () => undefined,
    tests: {
      list: async () => datasets,
      importTest: async (id: string) => ({ path: `import-test/${id}.task.json`, bytes: new Uint8Array(2) }),
    },
  } as unknown as Parameters<typeof createModelsStore>[1]);
  const folder = ["adapter_config.json", "adapter_model.safetensors", "optimizer.pt"].map((name) => ({
    name: `support/${name}`,
    file: new Blob([name]),
  }));

  expect(await store.getState().importFolder(folder)).toBeNull();
  const { upload } = store.getState();
  expect(upload).toMatchObject({ folder: "support", phase: "failed", problem: { code: "adapter-unsupported" } });
  expect(created.flat().map(({ path }) => path)).toEqual(["adapter_config.json", "adapter_model.safetensors"]);
  refuse = false;
  expect(await store.getState().uploadRun(upload!.runId)).toBe("v1-0a1b2c3d");
  expect(store.getState().upload).toBeNull();
  await store.getState().importFolder(folder);
  expect(new Set(memory.keys()).size).toBe(2);
  await expect(store.getState().importFolder([])).rejects.toMatchObject({ code: "import-unknown" });

  // With data sets at hand it is asked first what it is measured on.
  datasets = [{ id: "d1", missing: null }];
  there = true;
  expect(await store.getState().importFolder(folder)).toBeNull();
  expect([store.getState().choosing, store.getState().upload]).toEqual([{ name: "support", tests: datasets }, null]);
  expect(await store.getState().importChosen("d1")).toBe("v1-0a1b2c3d");
  expect(created.at(-1)?.map(({ path }) => path)).toEqual([
    "adapter_config.json",
    "adapter_model.safetensors",
    "import-test/d1.task.json",
  ]);
  expect(store.getState()).toMatchObject({ choosing: null, known: { folder: "support", version: "v1-0a1b2c3d" } });
});
