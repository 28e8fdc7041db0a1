import { expect, test } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import { recordingTracer } from "../../testing/tracer.ts";
import type { RunsStore } from "../runs/store.ts";
import type { RegistryClient } from "./ports.ts";
import { createModelsStore } from "./store.ts";

test("a token is tried before it is kept: a wrong one is refused at once and asked for again", async () => {
  let kept: string | null = null;
  const client = {
    checkToken: async () => {
      if (kept !== "right") throw new StudioError("unauthorized", "That is not this server's token.", "Use its own.");
    },
    list: async () => ({ versions: [], production: null, previous: null }),
    events: async () => ({ events: [], next: null }),
  } as unknown as RegistryClient;
  const store = createModelsStore({ getState: () => ({ runs: [] }) } as unknown as RunsStore, {
    client,
    memory: { get: () => null, set: () => undefined },
    wait: async () => undefined,
    measured: async () => undefined,
    saveToken: (token) => void (kept = token),
    artifacts: { load: async () => [] },
    tests: { list: async () => [], importTest: () => Promise.reject(new Error("no test is asked for")) },
    downloads: { folder: async () => undefined },
    tracer: recordingTracer(),
    onChange: () => undefined,
  });
  store.setState({ tokenWanted: true });
  await expect(store.getState().enterToken("wrong")).rejects.toMatchObject({ code: "unauthorized" });
  expect([kept, store.getState().tokenWanted]).toEqual([null, true]);
  await store.getState().enterToken("right");
  expect([kept, store.getState().tokenWanted]).toEqual(["right", false]);
});
