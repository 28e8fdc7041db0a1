import { mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rankBm25 } from "../../src/domain/evaluation/bm25.ts";
import { fuseWithScores } from "../../src/domain/evaluation/fuse.ts";
import { at, present } from "../../src/domain/present.ts";
import { uniform } from "../../src/domain/random.ts";
import { stores } from "../testing/databases.ts";
import { dot, unitVectors } from "../testing/vectors.ts";
import { type Database, rowsOf } from "../vectors/database.ts";
import { byPlace, KeywordFill, VectorStore } from "../vectors/index.ts";
import { findPassages } from "./findPassages.ts";

const A = "aa".repeat(32);
const WORDS = 'the of a kettle kettle boils water mutex don\'t 東京 都 กาแฟ C3 naïve naive _x 12 - ! "a" & !b :*'.split(
  " ",
);
const LONG = "x".repeat(9000);
const next = uniform(7);
const pick = <T>(from: readonly T[]): T => at(from, Math.floor(next() * from.length));
const text = (most: number) => Array.from({ length: Math.floor(next() * (most + 1)) }, () => pick(WORDS)).join(" ");

interface Kept {
  documentId: string;
  ordinal: number;
  text: string;
  vector: Float32Array;
  team: string;
}

describe.each(stores)("dense, keyword and hybrid search, $name", ({ open }) => {
  const folder = mkdtempSync(join(tmpdir(), "hybrid-"));
  let database: Database;
  let after: () => Promise<void>;
  let store: VectorStore;
  /** What the store holds, in memory. Some passages share a vector. */
  const kept = new Map<string, Kept[]>();
  const unit = unitVectors();
  const vectors = Array.from({ length: 25 }, () => unit(8));

  const put = async (documentId: string, texts: string[]) => {
    const team = pick(["red", "blue"]);
    const rows = texts.map((one, ordinal) => ({ documentId, ordinal, text: one, team, vector: pick(vectors) }));
    await store.putDocument(
      { id: documentId, contentHash: `${next()}`, title: "", mediaType: "text/plain", text: "", metadata: { team } },
      rows.map(({ ordinal, text: one, vector }) => ({
        ordinal,
        text: one,
        tokens: 1,
        vectors: new Map([[A, vector]]),
      })),
    );
    kept.set(documentId, rows);
  };
  const remove = async (documentId: string) => {
    await store.deleteDocument(documentId);
    kept.delete(documentId);
  };

  /** The three searches written plainly over everything in memory, as the evaluation has them. */
  const reference = (question: string, vector: Float32Array, team: string | null) => {
    const corpus = [...kept.values()].flat().sort(byPlace);
    const wanted = (index: number) => team === null || at(corpus, index).team === team;
    const words = rankBm25(
      [question],
      corpus.map(({ text: one }) => one),
      corpus.length || 1,
    );
    const keyword = at(words.top, 0).filter(wanted).slice(0, 100);
    const near = corpus
      .map((passage, index) => ({ index, score: dot(passage.vector, vector) }))
      .filter(({ index }) => wanted(index))
      .sort((a, b) => b.score - a.score || a.index - b.index);
    const dense = near.slice(0, 100).map(({ index }) => index);
    const name = (index: number) => `${at(corpus, index).documentId}#${at(corpus, index).ordinal}`;
    return {
      dense: dense.map(name),
      keyword: keyword.map(name),
      hybrid: fuseWithScores([keyword, dense], 100).map(({ document, score }) => ({ name: name(document), score })),
    };
  };

  const compare = async (question: string) => {
    const vector = pick(vectors);
    const team = pick([null, null, "red"]);
    const collection = present(await store.collections.active(), "collection");
    const filter = team === null ? [] : [["team", team] as const];
    const query = { collection, vector, question, k: 100, dimension: 8, filter };
    const expected = reference(question, vector, team);
    const names = (hits: { documentId: string; ordinal: number }[]) =>
      hits.map(({ documentId, ordinal }) => `${documentId}#${ordinal}`);
    const dense = await findPassages(store, "dense", query);
    expect(names(dense.hits)).toEqual(expected.dense);
    const keyword = await findPassages(store, "keyword", { ...query, vector: null });
    expect(names(keyword.hits)).toEqual(expected.keyword);
    const { hits } = await findPassages(store, "hybrid", query);
    expect(hits.map((hit, i) => ({ name: names(hits)[i], score: hit.score }))).toEqual(expected.hybrid);
    for (const [i, hit] of hits.entries()) {
      const name = at(names(hits), i);
      expect(hit.dense?.rank ?? 0, name).toBe(expected.dense.indexOf(name) + 1);
      expect(hit.keyword?.rank ?? 0, name).toBe(expected.keyword.indexOf(name) + 1);
    }
    // Fewer are the beginning of many.
    const few = await findPassages(store, "hybrid", { ...query, k: 3 });
    expect(few.hits).toEqual(hits.slice(0, 3));
  };

  beforeAll(async () => {
    ({ database, after } = await open(folder));
    store = new VectorStore(database);
    await store.collections.build({ id: A, modelId: "base", modelVersion: null, dimension: 8 });
    await store.collections.activate(A);
  }, 60_000);
  afterAll(async () => {
    await after();
    rmSync(folder, { recursive: true, force: true });
  });

  it("finds nothing in an empty store", async () => {
    for (const mode of ["dense", "keyword", "hybrid"] as const) {
      const collection = present(await store.collections.active(), "collection");
      const query = { collection, vector: at(vectors, 0), question: "the kettle", k: 10, dimension: 8, filter: [] };
      expect((await findPassages(store, mode, query)).hits).toEqual([]);
    }
  });

  it("equals the evaluation's rankings to the last rank while documents come, change and go", async () => {
    for (let i = 0; i < 50; i += 1)
      await put(
        `doc-${i}`,
        Array.from({ length: Math.floor(next() * 4) }, () => text(12)),
      );
    await put("doc-long", [LONG, `${LONG} kettle`]);
    await put("𝒳", ["kettle", "kettle"]); // A code point above the basic plane, which UTF-16 sorts before U+FB01.
    await put("ﬁ", ["kettle"]);
    for (let round = 0; round < 8; round += 1) {
      await compare(text(8));
      await put(`doc-${Math.floor(next() * 55)}`, [text(12), text(3)]);
      await remove(`doc-${Math.floor(next() * 50)}`);
    }
  }, 60_000);

  it("takes any question", async () => {
    const questions = [
      "the of a",
      '"a" & !b :*',
      "東京都",
      "กาแฟ",
      LONG,
      "!?",
      "",
      "'; DROP TABLE chunks; --",
      "a\0b",
      "x".repeat(3),
    ];
    for (const question of [
      ...questions,
      Array.from({ length: 10_000 }, (_, i) => `${pick(WORDS)} w${i % 3000}`).join(" "),
    ])
      await compare(question);
  }, 60_000);

  it("ranks the same where it walks only through the rarer words of a question", async () => {
    // By Zipf's law, as in texts: a few words in nearly every passage, most in few.
    const zipf = () => `z${Math.floor(Math.exp(next() * Math.log(400)))}`;
    for (let i = 0; i < 6; i += 1)
      await put(
        `zipf-${i}`,
        Array.from({ length: 60 }, () => Array.from({ length: 15 }, zipf).join(" ")),
      );
    const words = (most: number) => Array.from({ length: most }, zipf);
    for (const question of [words(6), words(8), words(12), ["z1", "z2", "z3"], ["z1", "z250", "z1", "kettle"]])
      // With a filter the rarer words may all be in passages that it leaves out.
      for (const team of [null, "red", "none"]) {
        const { keyword } = reference(question.join(" "), at(vectors, 0), team);
        for (const k of [1, 5, 20]) {
          const hits = await store.keywords.search({
            question: question.join(" "),
            k,
            filter: team === null ? [] : [["team", team]],
          });
          expect(hits.map(({ documentId, ordinal }) => `${documentId}#${ordinal}`)).toEqual(keyword.slice(0, k));
        }
      }
  }, 60_000);

  it("answers from one state of the store while documents are replaced", async () => {
    const collection = present(await store.collections.active(), "collection");
    await put("swing", ["zebra one", "zebra two"]);
    let stop = false;
    const writing = (async () => {
      for (let i = 0; !stop; i += 1) await put("swing", i % 2 ? ["zebra one", "zebra two"] : ["zebra three"]);
    })();
    const query = { collection, vector: at(vectors, 0), question: "zebra", k: 100, dimension: 8, filter: [] };
    for (let i = 0; i < 8; i += 1) {
      const { hits } = await findPassages(store, "hybrid", query);
      const found = hits.filter(({ documentId }) => documentId === "swing");
      expect([["zebra one", "zebra two"], ["zebra three"]]).toContainEqual(
        found.map(({ text: one }) => one).sort((a, b) => (a < b ? -1 : 1)),
      );
      expect(found.every(({ keyword }) => keyword !== null)).toBe(true);
    }
    stop = true;
    await writing;
  }, 30_000);

  it("finds a word within a sentence of a script without blanks, as the evaluation does", async () => {
    await put("southeast", ["ខ្ញុំស្រឡាញ់ភាសាខ្មែរ។", "ຂ້ອຍຮັກພາສາລາວ", "ကျွန်တော်မြန်မာစာကိုဖတ်သည်။"]);
    const ask = (question: string) => store.keywords.search({ question, k: 1 });
    for (const [ordinal, word] of ["ខ្មែរ", "ລາວ", "မြန်မာ"].entries()) {
      expect(await ask(word)).toMatchObject([{ documentId: "southeast", ordinal }]);
      await compare(word);
    }
    await remove("southeast");
  });

  it("after an upgrade lists anew the words of passages in scripts that were taken for one word", async () => {
    await put("old", ["plain kettle", "ພາສາລາວ kettle", "မြန်မာ", "ภาษาไทย", "ភាសា"]);
    const migration = new URL("../vectors/migrations/0008_words_by_character.sql", import.meta.url);
    await database.sql.execute(sql.raw(await readFile(migration, "utf8")));
    const listed = rowsOf(
      await database.sql.execute(sql`SELECT ordinal FROM chunk_words WHERE document_id = 'old' ORDER BY ordinal`),
    );
    expect(listed.map(({ ordinal }) => Number(ordinal))).toEqual([0, 3]);
    const fill = new KeywordFill(store.keywords, () => {});
    await fill.start();
    await fill.settled();
    await compare("ລາວ");
    await remove("old");
  });

  it("lists passages that are older than their words, in batches, and goes on after a stop", async () => {
    await put(
      "many",
      Array.from({ length: 250 }, (_, i) => `zebra ${i}`),
    );
    await database.sql.execute(sql`DELETE FROM chunk_words`);
    const missing = async () =>
      Number(
        at(
          rowsOf(
            await database.sql.execute(
              sql`SELECT (SELECT count(*) FROM chunks) - (SELECT count(*) FROM chunk_words) AS n`,
            ),
          ),
          0,
        ).n,
      );
    const first = new KeywordFill(store.keywords, () => {});
    const before = await missing();
    await first.start();
    expect(first.ready).toBe(false);
    expect(first.words).toContain("still being listed");
    await first.close(); // A server that ends in the midst.
    const left = await missing();
    expect(left).toBeLessThan(before);
    expect(left).toBeGreaterThan(0);
    const second = new KeywordFill(store.keywords, () => {});
    await second.start();
    await put("meanwhile", ["kettle zebra"]);
    await second.settled();
    expect(second.ready).toBe(true);
    expect(await missing()).toBe(0);
    await compare("kettle zebra 7");
  }, 30_000);
});
