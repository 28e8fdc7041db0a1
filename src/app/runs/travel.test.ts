import { afterEach, expect, test, vi } from "vitest";
import { unpackRunTexts } from "../../domain/run/texts.ts";
import { DEFAULT_HYPERPARAMETERS } from "../../domain/training/types.ts";
import { messageBytes } from "../../testing/messageBytes.ts";
import type { DataService } from "../../worker/data/protocol.ts";
import { connect, serve, unseal } from "../../worker/rpc.ts";
import { createDatasetsStore } from "../datasets/store.ts";
import { memoryData } from "../testing/data.ts";
import { sampleLines } from "../testing/datasets.ts";
import { prepareRun } from "./prepareRun.ts";

afterEach(() => vi.restoreAllMocks());

/** Counts what every port of this thread is given: both directions of all calls, and the sealed parcels. */
const count = () => {
  const counted = { bytes: 0, messages: 0 };
  const post = Object.getOwnPropertyDescriptor(MessagePort.prototype, "postMessage")
    ?.value as MessagePort["postMessage"];
  vi.spyOn(MessagePort.prototype, "postMessage").mockImplementation(function (this: MessagePort, ...args: unknown[]) {
    counted.bytes += messageBytes(args[0]);
    counted.messages++;
    return Reflect.apply(post, this, args) as undefined;
  });
  return counted;
};

/** Pairs of which each has a document of its own, so that nothing can be said once for many. */
const distinct = Array.from({ length: 600 }, (_, i) => {
  const words = (from: number, many: number) =>
    Array.from({ length: many }, (_word, j) =>
      ((((i + from) * 7919 + j * 104_729) * 31) % 1_000_003).toString(36),
    ).join(" ");
  return JSON.stringify({ query: words(1, 8), positive: words(50_000, 50) });
});

test.each([
  ["the sample, whose passages answer several questions", sampleLines],
  ["pairs with a document each", distinct],
])("from the drop to the engine, no more crosses than one and a half times the text of %s", async (_, lines) => {
  const { port1, port2 } = new MessageChannel();
  serve(memoryData().data, port2 as never);
  const worker = Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker;
  const data = connect<DataService>(() => worker, { broken: () => expect.unreachable() });
  const counted = count();
  const datasets = createDatasetsStore({
    data,
    downloads: { file: () => undefined },
    maxTokens: () => 128,
    newId: () => "dropped",
    now: () => "2026-01-01T00:00:00Z",
  });
  const text = lines.join("\n");
  await datasets.getState().addFile(new Blob([text]), "pairs.jsonl");
  const { current, report } = datasets.getState();
  expect([current?.summary.missing, report?.rows]).toEqual([null, lines.length]);

  const base = { source: "bundled", name: "tiny" } as const;
  const choice = {
    base,
    baseName: "tiny",
    settingsName: "Balanced",
    hyperparameters: DEFAULT_HYPERPARAMETERS,
    instruction: "",
  };
  const run = await prepareRun({ dataset: current!, ...choice }, data, "run", "2026-01-01T00:00:00Z");
  const { examples, test: asked } = unpackRunTexts(await unseal(await data.runTexts({ run: run.id })));
  expect(examples.length).toBeGreaterThan(0);
  expect(asked.queries).toHaveLength(run.test.queries);

  const file = new TextEncoder().encode(text).length;
  expect(counted.messages).toBeGreaterThan(10);
  // The parcel is counted: every text that the engine got is in the sum.
  const got = new Set([
    ...asked.corpus,
    ...asked.queries.map(({ text: query }) => query),
    ...examples.map(({ query }) => query),
  ]);
  expect(counted.bytes).toBeGreaterThan(messageBytes([...got]));
  expect(counted.bytes / file).toBeLessThan(1.5);
  data.close();
});
