import { expect, test } from "vitest";
import { memoryData } from "../../../app/testing/data.ts";
import { diskModel, fixture } from "../../../testing/modelFiles.ts";

const base = { source: "bundled", name: "nano" } as const;
const { signal } = new AbortController();
const kept = async (rows: readonly object[], model = diskModel(fixture("nano"))) => {
  const { data } = memoryData(model);
  const file = new Blob([rows.map((row) => `${JSON.stringify(row)}\n`).join("")]);
  await data.add([{ file, name: "a.jsonl" }], { id: "a", createdAt: "2026" }, () => undefined, signal);
  return data;
};

test("tokens are counted with the prompt and the end token, hard negatives among the documents", async () => {
  const data = await kept([
    { query: "t1 t2", positive: "t1 t2", negative: "t3" },
    { query: "t1", positive: "t4 t5 t6" },
  ]);
  expect(await data.tokenLengths("a", base, null, 10)).toEqual({
    queries: Int32Array.of(6, 5),
    documents: Int32Array.of(3, 2, 4),
    texts: 5,
  });
});

test("of many texts an even sample is counted, and their number is said", async () => {
  const data = await kept(Array.from({ length: 40 }, (_, i) => ({ query: `t${i}`, positive: `t${i} t${i + 1}` })));
  const { queries, documents, texts } = await data.tokenLengths("a", base, null, 8);
  expect([queries.length, documents.length, texts]).toEqual([8, 8, 80]);
});

test("a base whose files could not be read is asked for again", async () => {
  const model = diskModel(fixture("nano"));
  let broken = true;
  const data = await kept([{ query: "t1", positive: "t2" }], {
    ...model,
    read: (...asked) => (broken ? Promise.reject(new Error("gone")) : model.read(...asked)),
  });
  await expect(data.tokenLengths("a", base, null, 10)).rejects.toThrow("gone");
  broken = false;
  expect((await data.tokenLengths("a", base, null, 10)).texts).toBe(2);
});
