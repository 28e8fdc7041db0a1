import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SMALL_BASE } from "../../../src/domain/bases.ts";
import { tellApart, tellApartSentence } from "../../../src/domain/questions/tellApart.ts";
import { embedTexts, loadBase } from "../../../src/engine/index.ts";
import { openCliDevice } from "../device.ts";
import { openBase } from "../nodeModelFiles.ts";

it("tells with the small base's embeddings that people's questions are alike, and headlines are not", async () => {
  const lines = readFileSync("public/samples/support.jsonl", "utf8").trim().split("\n");
  const sample = lines.map((line) => JSON.parse(line) as { query: string; positive: string });
  const every = (first: number) => sample.filter((_, i) => i % 24 === first);
  const texts = [
    ...every(0).map(({ query }) => query),
    ...every(8).map(({ query }) => query),
    ...every(16).map(({ positive }) => positive.split(" ").slice(0, 6).join(" ")),
  ];
  const base = await loadBase(await openCliDevice("wasm"), openBase(SMALL_BASE.id));
  const { data, dim } = await embedTexts(base, null, texts, { kind: "query", prompts: base.prompts, maxTokens: 64 });
  const part = (from: number, to: number) => data.subarray(every(0).length * from * dim, every(0).length * to * dim);
  const people = tellApart(part(0, 1), part(1, 2), dim);
  const headlines = tellApart(part(0, 1), part(2, 3).subarray(0, every(16).length * dim), dim);
  expect(people?.auc).toBeLessThan(0.65);
  expect(people && tellApartSentence(people)).toContain("hardly tell them apart");
  expect(headlines?.auc).toBeGreaterThan(0.85);
  expect(headlines && tellApartSentence(headlines)).toContain("easy to tell");
}, 60_000);
