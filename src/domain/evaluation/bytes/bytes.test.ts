import { describe, expect, it } from "vitest";
import { at } from "../../present.ts";
import { uniform } from "../../random.ts";
import { evaluateRankings } from "../evaluate.ts";
import { rankTopK, truncateAndNormalize, type Rankings } from "../rank.ts";
import type { RetrievalTask } from "../types.ts";
import { byteAdvice, byteCurve, byteCurveCsv, byteNotes, type FormScore, millionPassages } from "./curve.ts";
import { asFloat16, asInt8, bytesBeside, bytesOf, RESCORED, toBits, VECTOR_FORMS } from "./forms.ts";
import { rankBinary } from "./rankBinary.ts";

const next = uniform(3);
const rows = (count: number, dim: number) =>
  truncateAndNormalize(
    Float32Array.from({ length: count * dim }, () => next() * 2 - 1),
    dim,
  );

const finish = (steps: Generator<void, Rankings>): Rankings => {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
};

describe("forms of an embedding", () => {
  it("take the bytes that a store compares; a last byte of signs is filled up", () => {
    expect(VECTOR_FORMS.map((form) => bytesOf(form, 100))).toEqual([400, 200, 100, 13]);
    expect(VECTOR_FORMS.map((form) => bytesBeside(form, 100))).toEqual([0, 0, 0, 200]);
  });

  it("are rounded as their numbers allow", () => {
    const half = asFloat16(Float32Array.of(1 + 2 ** -12, 2 ** -12), 2);
    expect([at(half, 0), at(half, 1)]).toEqual([1, 2 ** -12]); // 11 significant bits.
    const bytes = asInt8(Float32Array.of(0.5, -0.25, 0.001, 0), 4);
    const [first, second, third] = [at(bytes, 0), at(bytes, 1), at(bytes, 2)];
    expect(second / first).toBeCloseTo(-64 / 127, 6);
    expect(third).toBe(0);
    expect(Math.hypot(...bytes)).toBeCloseTo(1, 6);
    expect([...asInt8(new Float32Array(3), 3)]).toEqual([0, 0, 0]);
  });

  it("have signs as bits, also where the dimension is no multiple of 8 or 32", () => {
    const values = Float32Array.from({ length: 2 * 35 }, (_, i) => (i === 34 || i === 31 || i === 35 ? 0.1 : -0.1));
    expect([...toBits(values, 35)]).toEqual([2 ** 31, 4, 1, 0]);
    expect([...toBits(Float32Array.of(0, -0, 1e-30), 3)]).toEqual([4]);
  });
});

describe("binary search", () => {
  it("orders the documents of least Hamming distance by their float16, as the plain computation does", () => {
    const dim = 35;
    const [queries, corpus] = [rows(5, dim), rows(400, dim)];
    const { top, scores } = finish(rankBinary({ queryEmbeddings: queries, corpusEmbeddings: corpus, dim, k: 10 }));
    const [q16, c16] = [asFloat16(queries, dim), asFloat16(corpus, dim)];
    for (let query = 0; query < 5; query++) {
      const plain = Array.from({ length: 400 }, (_, document) => {
        let [apart, score] = [0, 0];
        for (let i = 0; i < dim; i++) {
          if (at(queries, query * dim + i) > 0 !== at(corpus, document * dim + i) > 0) apart += 1;
          score += at(q16, query * dim + i) * at(c16, document * dim + i);
        }
        return { document, apart, score };
      })
        .sort((a, b) => a.apart - b.apart || a.document - b.document)
        .slice(0, RESCORED)
        .sort((a, b) => b.score - a.score || a.document - b.document)
        .slice(0, 10);
      expect(at(top, query)).toEqual(plain.map(({ document }) => document));
      at(scores, query).forEach((score, i) => expect(score).toBeCloseTo(at(plain, i).score, 12));
    }
  });

  it("finds what float16 finds where everything is rescored", () => {
    const [queries, corpus] = [rows(6, 8), rows(RESCORED, 8)];
    const exact = rankTopK({
      queryEmbeddings: asFloat16(queries, 8),
      corpusEmbeddings: asFloat16(corpus, 8),
      dim: 8,
      k: 10,
    });
    expect(finish(rankBinary({ queryEmbeddings: queries, corpusEmbeddings: corpus, dim: 8, k: 10 })).top).toEqual(
      exact.top,
    );
    expect(finish(rankBinary({ queryEmbeddings: queries, corpusEmbeddings: new Float32Array(), dim: 8 })).top).toEqual(
      Array.from({ length: 6 }, () => []),
    );
  });
});

describe("the byte curve", () => {
  const task: RetrievalTask = {
    queries: Array.from({ length: 40 }, (_, i) => ({ text: `q${i}`, relevant: [i], component: i >> 1 })),
    corpus: Array.from({ length: 50 }, (_, i) => `d${i}`),
    splitHash: "a".repeat(64),
  };
  /** Finds every `miss`th answer not. */
  const score = (form: FormScore["form"], dim: number, miss: number): FormScore => ({
    form,
    dim,
    evaluation: evaluateRankings(
      task,
      { top: task.queries.map((_, i) => (i % miss === 0 ? [49] : [i])), scores: task.queries.map(() => [1]) },
      form,
      0,
    ),
  });

  it("compares every form with the first, pair by pair, and names the smallest that loses next to nothing", () => {
    const curve = byteCurve([score("float32", 64, 10), score("float16", 64, 10), score("int8", 64, 2)]);
    expect(curve).toMatchObject({ queries: 40, corpus: 50 });
    const [full, half, bytes] = [at(curve.rows, 0), at(curve.rows, 1), at(curve.rows, 2)];
    expect(full).toMatchObject({ bytes: 256, recall: 0.9, delta: null, deltaInterval: null });
    expect(half).toMatchObject({ bytes: 128, delta: 0, deltaInterval: [0, 0] });
    expect(bytes.delta).toBeCloseTo(-0.4);
    expect(bytes.deltaInterval?.[1]).toBeLessThan(0);
    expect(full.interval[0]).toBeLessThan(0.9);
    expect(byteAdvice(curve)).toBe(
      "Float16 with 64 dimensions takes 128 bytes a passage in place of 256 and reaches 90.0 % (float32: 90.0 %); the true change is very likely between +0.0 and +0.0 points.",
    );
    expect(byteAdvice(byteCurve([score("float32", 64, 10), score("int8", 64, 2)]))).toContain("loses more than 2");
    expect([millionPassages(full), millionPassages({ bytes: 128, beside: 2048 })]).toEqual([
      "244 MiB",
      "122 MiB + 1.9 GiB on disk",
    ]);
    expect(byteNotes(curve).join(" ")).toContain("all of them");
    expect(byteCurveCsv(curve).split("\n")[1]).toMatch(/^float32,64,256,0,256000000,0\.9,/);
  });
});
