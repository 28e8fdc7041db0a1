import { expect, test, vi } from "vitest";
import { bm25Tokens } from "../../evaluation/words.ts";
import { fuseRankings } from "../../evaluation/fuse.ts";
import { countPassages, pairsOf, provenanceOf, questionsOf } from "../account.ts";
import type { Passage } from "../passage.ts";
import type { EmbedTexts, LedgerEntry, WrittenQuestion } from "../types.ts";
import { filterQuestions } from "./filter.ts";
import { generic } from "./generic.ts";
import { DEFAULT_THRESHOLDS } from "./thresholds.ts";
import { copied, longestRun, metaTalk } from "./wording.ts";

const TEXTS = {
  chain:
    "The chain is cleaned every five hundred kilometres with a dry cloth, and two drops of oil follow on each link.",
  brake:
    "Brake pads are worn out when less than one millimetre of their lining is left, which is measured with a calliper.",
  pump: "The floor pump in the corner reaches eleven bar; its hose fits both kinds of valve without an adapter.",
  torque: "Seat posts made of carbon are tightened with five newton metres at most, and never greased but pasted.",
};
const passages = Object.entries(TEXTS).map(([id, text]): Passage => ({
  id,
  document: `${id}.md`,
  title: null,
  heading: null,
  text,
}));
const ask = (passage: string, text: string): WrittenQuestion => ({ passage, text, origin: "generated" });

/** Words hashed into 64 bins: texts with common words are near each other. */
const embed: EmbedTexts = async (texts) => {
  const dim = 64;
  const vectors = new Float32Array(texts.length * dim);
  texts.forEach((text, row) => {
    for (const word of bm25Tokens(text)) {
      let hash = 7;
      for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
      vectors[row * dim + (hash % dim)] = (vectors[row * dim + (hash % dim)] ?? 0) + 1;
    }
    const row0 = vectors.subarray(row * dim, (row + 1) * dim);
    const length = Math.hypot(...row0) || 1;
    row0.forEach((value, i) => (row0[i] = value / length));
  });
  return { dim, vectors };
};

test("each filter rejects what it is for, with the reason; kept and rejected are all there was", async () => {
  const bad: Record<string, WrittenQuestion> = {
    empty: ask("chain", "?!"),
    "meta-talk": ask("chain", "According to the passage, when is the chain cleaned?"),
    "personal-data": ask("pump", "may I write to jane.doe@example.org about the floor pump"),
    copied: ask("brake", "brake pads are worn out when less than one millimetre is left"),
    language: ask("torque", "Mit wie vielen Newtonmetern wird eine Sattelstütze aus Karbon angezogen?"),
    duplicate: ask("pump", "HOW often do I clean the chain "),
    "near-duplicate": ask("chain", "how often do I clean the chains"),
    "round-trip": ask("torque", "how worn may the lining of brake pads be"),
  };
  const good = [
    ask("chain", "how often do I clean the chain"),
    ask("brake", "how is the lining of brake pads measured"),
    ask("pump", "does the floor pump fit my valve"),
    ask("torque", "carbon seat post torque"),
  ];
  const thresholds = { ...DEFAULT_THRESHOLDS, roundTripDepth: 1 };
  const all = [...good, ...Object.values(bad)];
  const result = await filterQuestions(all, passages, { embed, thresholds });
  expect(Object.fromEntries(result.rejected.map(({ filter, text }) => [filter, text]))).toEqual(
    Object.fromEntries(Object.entries(bad).map(([filter, { text }]) => [filter, text])),
  );
  expect(result.kept).toEqual(good);
  expect(result.rejected.every(({ reason }) => /\.$/.test(reason))).toBe(true);
  expect(result.rejected.find(({ filter }) => filter === "round-trip")).toMatchObject({
    value: expect.any(Number) as number,
    found: [{ passage: "brake" }, {}, {}],
  });
  expect(result.rejected.find(({ filter }) => filter === "duplicate")?.found).toEqual([
    { passage: "chain", text: good[0]?.text },
  ]);
  expect(result.counts).toMatchObject({ copied: 1, generic: 0, "round-trip": 1 });
});

test("what is not asked for is not used; weak pairs may be copied, and are searched among their own answers", async () => {
  const weak: WrittenQuestion = {
    passage: "brake",
    text: "Brake pads are worn out when less than one millimetre is left",
    origin: "weak",
    positive: "It is measured with a calliper.",
  };
  const result = await filterQuestions([weak], passages, { embed });
  expect(result.kept).toEqual([weak]);
  for (const name of ["meta-talk", "copied", "language"]) expect(result.counts).not.toHaveProperty(name);
  const none = await filterQuestions([ask("chain", "what is brake lining")], passages, { embed: null });
  expect(none.counts).not.toHaveProperty("round-trip");
  expect((await filterQuestions([ask("chain", "?")], passages, { embed: null, without: ["empty"] })).kept).toHaveLength(
    1,
  );
});

test("a question in the examples' language is right, and a copy of an example is not", async () => {
  const german = "Mit wie vielen Newtonmetern wird eine Sattelstütze aus Karbon angezogen?";
  const examples = ["Wie oft wird die Kette am Fahrrad eigentlich gereinigt und geölt?"];
  const result = await filterQuestions([ask("torque", german), ask("chain", examples[0] ?? "")], passages, {
    embed: null,
    examples,
  });
  expect(result.kept.map(({ text }) => text)).toEqual([german]);
  expect(result.rejected).toMatchObject([{ filter: "duplicate", reason: "It repeats one of the examples." }]);
});

test.each([
  ["What does the text say about oil?", true],
  ["What is described in this section?", true],
  ["Was steht laut Text über Öl?", true],
  ["Que dit le texte selon le passage ?", true],
  ["how do I wrap text in a document", false],
  ["align text in a paragraph style", false],
  ["which passage of the river is navigable", false],
])("meta-talk: %s", (question, expected) => {
  expect(metaTalk(question) !== null).toBe(expected);
});

test("copied wording is a run of words, and short terms are none", () => {
  expect(longestRun(["a", "b", "c", "x"], ["z", "a", "b", "c", "a", "b"])).toBe(3);
  const [chain] = passages;
  if (!chain) throw new Error("no passage");
  expect(copied("dry cloth", chain, DEFAULT_THRESHOLDS)).toBeNull();
  expect(copied("with a dry cloth and two drops of oil", chain, DEFAULT_THRESHOLDS)).toMatchObject({ value: 1 });
  expect(
    copied(
      "why should I take a dry cloth and two drops instead of a brush and lots of soap",
      chain,
      DEFAULT_THRESHOLDS,
    ),
  ).toBeNull();
});

test("a question that is near everything stands out from the others", () => {
  const dim = 30;
  const rows = (count: number, at: (row: number, column: number) => number) => {
    const out = new Float32Array(count * dim);
    for (let r = 0; r < count; r++) {
      const row = Array.from({ length: dim }, (_, c) => at(r, c));
      row.forEach((value, c) => (out[r * dim + c] = value / Math.hypot(...row)));
    }
    return out;
  };
  const documents = rows(dim, (r, c) => Number(r === c));
  const queries = rows(dim + 1, (r, c) => (r === dim ? 1 : Number(r === c) + 0.01 * ((r * r + c) % 7)));
  const verdicts = generic(queries, documents, dim, 3.5);
  expect(verdicts.flatMap((verdict, i) => (verdict ? [i] : []))).toEqual([dim]);
  expect(generic(queries.subarray(0, dim * 5), documents, dim, 0).every((verdict) => verdict === null)).toBe(true);
});

test("ranks are fused by their reciprocals", () => {
  // 1/61 + 1/62 for 5; 1/62 + 1/61 for 7; 1/63 for 9: the tie goes by the index.
  expect(
    fuseRankings(
      [
        [5, 7],
        [7, 5, 9],
      ],
      3,
    ),
  ).toEqual([5, 7, 9]);
  expect(fuseRankings([[1, 2, 3], [3]], 2)).toEqual([3, 1]);
});

test("every passage is counted once, and the provenance holds no text", async () => {
  const used = { inputTokens: 1, outputTokens: 1 };
  const problem = { code: "x", message: "m", hint: "h" };
  const entries: LedgerEntry[] = [
    { ...used, passage: "chain", outcome: "written", questions: ["how often do I clean the chain", "?"] },
    { ...used, passage: "brake", outcome: "written", questions: ["?"] },
    { ...used, passage: "pump", outcome: "failed", problem },
    { ...used, passage: "torque", outcome: "skipped", reason: "nothing-to-ask" },
  ];
  const filtered = await filterQuestions(questionsOf(entries), passages, { embed: null });
  expect(countPassages(entries, filtered.kept)).toEqual({ asked: 4, kept: 1, rejected: 1, failed: 1, skipped: 1 });
  const provenance = provenanceOf(
    { writer: "endpoint", model: "m", promptHash: "0".repeat(64), seed: 1, perPassage: 2, examples: 0 },
    entries,
    filtered,
  );
  expect(provenance.questions).toMatchObject({ written: 3, kept: 1, rejected: { empty: 2 } });
  expect(JSON.stringify(provenance)).not.toContain("chain");
  expect(pairsOf(filtered.kept, passages)).toEqual([
    {
      query: "how often do I clean the chain",
      positive: TEXTS.chain,
      origin: "generated",
      source_document: "chain.md",
    },
  ]);
});

test("a stop is heard between the pieces of a long search, whose progress is told", async () => {
  const many = Array.from({ length: 200 }, (_, i) => ask("chain", `number ${i * 7919} of the chain is what ${i}`));
  const told: number[] = [];
  const stop = new AbortController();
  const options = { embed, without: ["near-duplicate" as const, "generic" as const], signal: stop.signal };
  const onProgress = (_filter: string, done = 0, total = 0) => {
    if (total > 0) told.push(done);
    if (done === 128) setTimeout(() => stop.abort());
  };
  const late = async () => {
    await filterQuestions(many, passages, { ...options, onProgress });
    return "not heard";
  };
  let clock = 1e9;
  vi.spyOn(performance, "now").mockImplementation(() => (clock += 100));
  await expect(late()).rejects.toThrow(/abort/i);
  expect(told).toEqual([64, 128]);
  vi.restoreAllMocks();
});
