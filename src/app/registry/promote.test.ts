import { expect, test } from "vitest";
import type { ModelVersion, Upload } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { at, entry } from "../../domain/present.ts";
import type { RegistryClient } from "./ports.ts";
import { uploadArtifact, type UploadEvent, type UploadPorts } from "./promote.ts";

const files = ["adapter_config.json", "adapter_model.safetensors", "manifest.json"].map((path, i) => ({
  path,
  bytes: new Uint8Array(10 * (i + 1)),
}));
const version = { version: "v1-0123abcd" } as ModelVersion;
const fail = (code: string) => new StudioError(code, "It failed.", "Try again.");

/** A registry in memory that can be told to fail, with the bookkeeping of a real one. */
const registry = () => {
  const uploads = new Map<string, Map<string, boolean>>();
  const puts: string[] = [];
  const failures: { at: string; error: StudioError; times: number }[] = [];
  const maybe = (at: string) => {
    const due = failures.find((failure) => failure.at === at && failure.times > 0);
    if (!due) return;
    due.times--;
    throw due.error;
  };
  const known = (id: string) => {
    const upload = uploads.get(id);
    if (!upload) throw fail("upload-unknown");
    return upload;
  };
  const answer = (id: string): Upload => ({
    id,
    expiresAt: "2026-11-22T00:00:00Z",
    existing: null,
    measuring: null,
    files: files.map(({ path, bytes }) => ({
      path,
      bytes: bytes.length,
      received: entry(known(id), path),
      sha256: null,
    })),
  });
  const client = {
    createUpload: async () => {
      maybe("create");
      const id = `upload-${uploads.size + 1}`;
      uploads.set(id, new Map(files.map(({ path }) => [path, false])));
      return answer(id);
    },
    upload: async (id: string) => answer(id),
    putFile: async (
      id: string,
      path: string,
      bytes: Uint8Array,
      onProgress: (sent: number) => void,
      signal: AbortSignal,
    ) => {
      signal.throwIfAborted();
      maybe(path);
      known(id);
      onProgress(bytes.length / 2);
      puts.push(path);
      known(id).set(path, true);
      return { path, bytes: bytes.length, sha256: "" };
    },
    commit: async (id: string) => {
      maybe("commit");
      known(id);
      return { created: true, version };
    },
    abandon: async (id: string) => void uploads.delete(id),
  } as unknown as RegistryClient;
  const remembered = new Map<string, string>();
  const waits: number[] = [];
  const ports: UploadPorts = {
    client,
    memory: {
      get: (run) => remembered.get(run) ?? null,
      set: (run, id) => void (id === null ? remembered.delete(run) : remembered.set(run, id)),
    },
    wait: async (seconds, signal) => {
      waits.push(seconds);
      signal.throwIfAborted();
    },
  };
  return { uploads, puts, failures, remembered, waits, ports };
};
const run = async (
  ports: UploadPorts,
  signal = new AbortController().signal,
  onEvent?: (event: UploadEvent) => void,
) => {
  const events: UploadEvent[] = [];
  for await (const event of uploadArtifact("run-1", undefined, files, ports, signal)) {
    events.push(event);
    onEvent?.(event);
  }
  return events;
};

test("sends every file once, counts bytes, checks, registers, and forgets the upload", async () => {
  const { ports, puts, remembered } = registry();
  const events = await run(ports);
  expect(puts).toEqual(files.map(({ path }) => path));
  const sent = events.flatMap((event) => (event.type === "sending" ? [event.sentBytes] : []));
  expect(sent).toEqual([5, 10, 20, 30, 45, 60]);
  expect(events.slice(-2)).toEqual([{ type: "checking" }, { type: "registered", version, created: true }]);
  expect(remembered.size).toBe(0);
});

test("a server that is away for a moment is waited for", async () => {
  const { ports, failures, waits } = registry();
  failures.push({ at: at(files, 1).path, error: fail("server-unreachable"), times: 2 });
  const events = await run(ports);
  expect(waits).toEqual([1, 2]);
  expect(events.filter(({ type }) => type === "waiting")).toHaveLength(2);
  expect(at(events, -1).type).toBe("registered");
});

test("when the server stays away the upload is kept, and the next call sends only what is missing", async () => {
  const { ports, failures, puts, remembered } = registry();
  failures.push({ at: at(files, 2).path, error: fail("server-unreachable"), times: 4 });
  await expect(run(ports)).rejects.toMatchObject({ code: "server-unreachable" });
  expect(remembered.get("run-1")).toBe("upload-1");
  puts.length = 0;
  expect(at(await run(ports), -1).type).toBe("registered");
  expect(puts).toEqual([at(files, 2).path]);
});

test("a server that was started anew gets everything again", async () => {
  const { ports, uploads, failures, puts } = registry();
  failures.push({ at: "commit", error: fail("upload-unknown"), times: 1 });
  const events = await run(ports);
  expect(puts).toHaveLength(6);
  expect(uploads.size).toBe(2);
  expect(at(events, -1).type).toBe("registered");
});

test("an import that is measured is asked after until it is registered, or refused", async () => {
  const { ports } = registry();
  const upload = await ports.client.createUpload({ files: [] });
  const looks: Upload["measuring"][] = [
    { progress: null, result: null, problem: null },
    { progress: { done: 3, total: 8 }, result: null, problem: null },
    { progress: null, result: { created: true, version }, problem: null },
  ];
  const client = {
    ...ports.client,
    commit: async () => ({ ...upload, measuring: looks.shift() ?? null }),
    upload: async () => ({ ...upload, measuring: looks.shift() ?? null }),
  };
  const events = await run({ ...ports, client });
  expect(events.slice(-3)).toEqual([
    { type: "checking" },
    { type: "measuring", done: 3, total: 8 },
    { type: "registered", version, created: true },
  ]);
  looks.push({ progress: null, result: null, problem: { code: "import-test-too-large", message: "M.", hint: "H." } });
  await expect(run({ ...ports, client })).rejects.toMatchObject({ code: "import-test-too-large" });
});

test("a refusal of the artifact is not repeated", async () => {
  const { ports, failures, waits } = registry();
  failures.push({ at: "commit", error: fail("checksum-mismatch"), times: 9 });
  await expect(run(ports)).rejects.toMatchObject({ code: "checksum-mismatch" });
  expect(waits).toEqual([]);
});

test("cancelling gives the upload up on the server too", async () => {
  const { ports, uploads, remembered } = registry();
  const cancel = new AbortController();
  const stopped = run(ports, cancel.signal, () => cancel.abort());
  await expect(stopped).rejects.toMatchObject({ code: "aborted" });
  expect(uploads.size).toBe(0);
  expect(remembered.size).toBe(0);
});
