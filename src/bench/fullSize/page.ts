// The page of the full-size test, served by Vite in development only.
import { at, present } from "../../domain/present.ts";
import { packRunTexts } from "../../domain/run/texts.ts";
import { createTokenizer, type TextTokenizer } from "../../domain/text/tokenizer.ts";
import { createEngine } from "../../worker/engine/client.ts";
import type { BaseInfo } from "../../worker/engine/protocol.ts";
import { seal } from "../../worker/rpc.ts";

const engine = createEngine();
let gpu = { live: 0, peak: 0 };
new BroadcastChannel("gpu-bytes").onmessage = ({ data }) => (gpu = data as typeof gpu);

/** Loads a model of a hub; resolves early once `stopAt` bytes are there. */
const load = async (host: string, repo: string, revision: string, stopAt = Infinity) => {
  const start = performance.now();
  const base = await new Promise<BaseInfo | null>((resolve, reject) => {
    engine
      .loadBase({ source: "hub", repo, revision, host }, (done) => done > stopAt && resolve(null))
      .then(resolve, reject);
  });
  if (base === null) return null;
  tokenizer = await fetchTokenizer(`${host}/${repo}/resolve/${revision}`);
  return {
    seconds: (performance.now() - start) / 1000,
    sha256: base.sha256,
    parameters: base.parameters,
    adapter: base.device.adapter,
  };
};

/** Eight texts that are cut to 64 tokens each: 512 tokens. */
const texts = (seed: number) =>
  Array.from({ length: 4 }, (_, i) =>
    Array.from(
      { length: 90 },
      (_, j) => ["lock", "gate", "river", "paper", "engine", "cloud", "stone"][(i * 3 + j * (seed + 2) + j * j) % 7],
    ).join(" "),
  );

/** The model's own tokenizer, fetched beside it. */
let tokenizer: TextTokenizer | null = null;
const fetchTokenizer = async (folder: string): Promise<TextTokenizer> => {
  const json = async (file: string) => (await (await fetch(`${folder}/${file}`)).json()) as object;
  const { eos_token_id: end } = (await json("config.json")) as { eos_token_id?: number };
  return createTokenizer(await json("tokenizer.json"), await json("tokenizer_config.json"), end ?? null);
};
const tokensOf = (documents: string[]): number[] =>
  documents.map((text) => present(tokenizer, "tokenizer").count("", text));

/** One training step of four pairs, then one batch of eight texts. */
const work = async () => {
  const queries = texts(1);
  const documents = texts(3);
  const lengths = tokensOf(documents);
  const stages: string[] = [];
  const reports: { loss: number; gradNorm: number }[] = [];
  const trainStart = performance.now();
  await engine.train(
    {
      runId: "full-size",
      hyperparameters: {
        rank: 16,
        alpha: 32,
        learningRate: 2e-4,
        epochs: 1,
        batchSize: 4,
        chunkSize: 4,
        warmupRatio: 0,
        weightDecay: 0.01,
        maxGradNorm: 1,
        scale: 20,
        maxTokens: 64,
        seed: 42,
        shuffle: true,
        maskKnownPositives: true,
        matryoshkaDims: [],
        evaluateEvery: 0,
        patience: 0,
      },
      instruction: null,
      resumeFrom: null,
    },
    seal(
      packRunTexts({
        examples: queries.map((query, i) => ({ query, positive: at(documents, i), negatives: [] })),
        dev: null,
        test: {
          queries: [{ text: "gate", relevant: [0], component: 0 }],
          corpus: ["river", "stone"],
          splitHash: "0".repeat(64),
        },
      }),
    ),
    (event) => {
      if (event.type === "step") reports.push(event.report);
      if (event.type === "stage" && event.done === event.total)
        stages.push(`${event.stage} ${((performance.now() - trainStart) / 1000).toFixed(1)} s`);
    },
  );
  const trainSeconds = (performance.now() - trainStart) / 1000;
  const embedStart = performance.now();
  // Cut to as many words as give 64 tokens a text.
  const words = Math.floor((90 * 63) / Math.max(...lengths));
  const batch = [...queries, ...documents].map((text) => text.split(" ").slice(0, words).join(" "));
  const tokens = tokensOf(batch).reduce((sum, length) => sum + length, 0);
  const { data, dim } = await engine.embed(batch, "document", "tuned");
  let normError = 0;
  for (let row = 0; row < batch.length; row++) {
    let sum = 0;
    for (let i = 0; i < dim; i++) sum += at(data, row * dim + i) ** 2;
    normError = Math.max(normError, Math.abs(Math.sqrt(sum) - 1));
  }
  return {
    step: {
      seconds: trainSeconds,
      loss: at(reports, 0).loss,
      gradNorm: at(reports, 0).gradNorm,
      tokens: 8 * Math.min(64, ...lengths),
      stages,
    },
    embed: {
      seconds: (performance.now() - embedStart) / 1000,
      texts: batch.length,
      tokens,
      dim,
      finite: data.every(Number.isFinite),
      normError,
    },
  };
};

Object.assign(window, { fullSize: { load, work, gpu: () => gpu } });
