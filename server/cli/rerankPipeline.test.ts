import { expect, test } from "vitest";
import { evaluateBm25, evaluateHybrid, evaluateRankings, rerankCandidates } from "../../src/domain/evaluation/index.ts";
import type { RetrievalTask } from "../../src/domain/evaluation/types.ts";
import { at } from "../../src/domain/present.ts";
import { openRerankServer } from "../../src/testing/rerankServer.ts";
import { runCommand } from "../testing/command.ts";
import { evaluate } from "./evaluate.ts";
import { rerankerByFlags } from "./rerankFlags.ts";
import { hybridOf } from "./pipelineLines.ts";
import { rerankLines, rerankPipeline } from "./rerankPipeline.ts";

const task: RetrievalTask = {
  queries: Array.from({ length: 30 }, (_, i) => ({ text: `question ${i}`, relevant: [i], component: i })),
  corpus: Array.from({ length: 80 }, (_, i) => `passage number ${i}`),
  splitHash: "s",
  taskHash: "t",
};
/** A model that has the right passage so many places down. */
const model = (place: number, label: string) =>
  evaluateRankings(
    task,
    {
      top: task.queries.map((_, i) => Array.from({ length: 60 }, (__, k) => (i + k + 80 - place) % 80)),
      scores: task.queries.map(() => Array.from({ length: 60 }, (_, k) => 1 - k / 100)),
    },
    label,
    1,
  );
const scored = [evaluateBm25(task), model(25, "baseline"), model(4, "tuned")] as const;
const hybrids = hybridOf(task, ...scored);

test("a reranker that knows puts the right passage first where it is among the first 50, for base and tuned alike", async () => {
  const server = await openRerankServer("tei", (query, text) => (query.split(" ")[1] === text.split(" ")[2] ? 1 : 0));
  try {
    const { report: reranked, lines } = await rerankPipeline(
      task,
      hybrids,
      rerankerByFlags(server.url, { "rerank-form": "tei" }),
    );
    expect(lines.map(({ label, metrics }) => [label, metrics["recall@1"]])).toEqual([
      ["reranked baseline", 1],
      ["reranked tuned", 1],
    ]);
    expect(reranked).toMatchObject({ depth: 50, baseline: { "recall@1": 1 }, tuned: { "recall@1": 1 } });
    expect(reranked.comparisons.find(({ metric }) => metric === "recall@1")?.delta).toBe(0);
    const hybrid = evaluateHybrid(task, scored[0], scored[2], "hybrid tuned");
    expect(reranked.againstHybrid.find(({ metric }) => metric === "recall@1")?.baseline).toBe(
      hybrid.metrics["recall@1"],
    );
    const candidates = rerankCandidates([evaluateHybrid(task, scored[0], scored[1], "x"), hybrid], 50);
    expect(server.asked.reduce((sum, { texts }) => sum + texts.length, 0)).toBe(
      candidates.reduce((sum, { documents }) => sum + documents.length, 0),
    );
    expect(at(rerankLines(reranked), 2)).toMatch(
      /^The first 50 of hybrid search were reranked\. A question took \d+ ms/,
    );
    server.fault = { status: 401 };
    await expect(rerankPipeline(task, hybrids, rerankerByFlags(server.url, {}))).rejects.toMatchObject({
      code: "rerank-refused",
    });
  } finally {
    await server.close();
  }
});

test("--rerank wants --pipeline", async () => {
  const { code, stderr } = await runCommand(
    evaluate,
    "--pairs",
    "public/samples/support.jsonl",
    "--rerank",
    "http://h",
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining("--rerank needs hybrid search")]);
});
