import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../../../server/lib/project.ts";
import { modelFolder } from "../../../../server/serving/modelFolder.ts";
import { readModelConfig } from "../../../domain/modelConfig.ts";
import type { OnnxType } from "../../../domain/onnx/index.ts";
import { at, present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { startBenchStudio } from "../benchStudio.ts";
import type { ServedBase } from "./servingModels.ts";
import { bareEmbed, type Embed, ownGraph, plainServer, publishedGraph, servedEmbed } from "./servingPeers.ts";
import { row } from "./table.ts";
import { type Amount, takeTurns } from "./turns.ts";

/** Texts of a request. */
const SIZES = [1, 16, 64];
/** Largest difference of two vectors' numbers that only another batch makes. In 8 bits a batch shares the scale of its activations. */
const SAME: Record<OnnxType, number> = { f32: 1e-4, q8: 2e-2 };

/** Distinct passages of the sample, as they come. */
const passages = async (): Promise<string[]> => {
  const lines = (await readFile(join(PROJECT_ROOT, "public/samples/support.jsonl"), "utf8")).trim().split("\n");
  return [...new Set(lines.map((line) => (JSON.parse(line) as { positive: string }).positive))];
};

const largestDifference = (a: readonly Float32Array[], b: readonly Float32Array[]): number =>
  a.reduce(
    (most, vector, i) => vector.reduce((worst, x, j) => Math.max(worst, Math.abs(x - at(at(b, i), j))), most),
    0,
  );

/**
 * The server's own cost: the same texts by `/v1/embeddings` over loopback and by onnxruntime alone, in turns in one process. What is told is the median of the rounds' ratios and their quartiles,
 * since all share whatever else the machine does. Processor time is that of all threads of the process, client included.
 * Peers are onnxruntime as it is by default on the graph that others load, with the server's own graph and settings, and with those behind
 * Node's own HTTP server: so that what each gives or costs is told from what the server does.
 *
 * @throws Error when the two do not give the same vectors
 */
export const measureServing = async (folder: string, base: ServedBase, seconds: number): Promise<void> => {
  const texts = await passages();
  console.log(`\n/v1/embeddings beside onnxruntime alone, ${base.title}, ${texts.length} passages of the sample\n`);
  const each = (what: string) => NAMES.map((name) => `${TITLES[name]} ${what}`);
  const ratios = NAMES.slice(0, -1).map((name) => `${TITLES[name]} ÷ server (quartiles)`);
  const head = ["weights", "texts a request", "rounds", ...each("ms"), ...ratios, ...each("processor ms")];
  row(...head, "load average");
  row("---", ...head.map(() => "---:"));
  for (const dtype of ["f32", "q8"] as const) {
    const under = join(folder, dtype);
    const { url, studio, close } = await startBenchStudio(under, {
      base: base.directory,
      environment: { EMBEDDING_DTYPE: dtype },
    });
    const server = servedEmbed(url);
    try {
      const { source } = await studio.models.ready();
      const onnx = await studio.onnx.base(present(source.base, "base"), dtype);
      const config = await readModelConfig(modelFolder(base.directory, base.title));
      const own = ownGraph(onnx, config, dtype);
      const bare = await bareEmbed(publishedGraph(onnx), base.directory, config.hidden);
      const alike = await bareEmbed(own, base.directory, config.hidden);
      const behind = await bareEmbed(own, base.directory, config.hidden);
      const plain = await plainServer(behind.embed);
      const http = servedEmbed(plain.url);
      const peers = { bare: bare.embed, alike: alike.embed, http: http.embed, server: server.embed };
      for (let i = 0; i < base.warmUp; i++) for (const name of NAMES) await peers[name]([at(texts, i % texts.length)]);
      for (const size of SIZES)
        row(
          dtype,
          size,
          ...(await compare(peers, texts, size, { ...base, runs: base.runs[size] ?? 1, seconds }, SAME[dtype])),
        );
      http.close();
      plain.close();
      for (const peer of [bare, alike, behind]) await peer.close();
    } finally {
      server.close();
      await close();
    }
  }
};

const TITLES = {
  bare: "onnxruntime",
  alike: "with the server's graph and settings",
  http: "behind plain HTTP",
  server: "server",
} as const;
const NAMES = ["bare", "alike", "http", "server"] as const;
type Name = (typeof NAMES)[number];

const compare = async (
  peers: Record<Name, Embed>,
  texts: readonly string[],
  size: number,
  amount: Amount,
  same: number,
): Promise<(string | number)[]> => {
  const batch = (run: number) => Array.from({ length: size }, (_, i) => at(texts, (run * size + i) % texts.length));
  const expected = await peers.bare(batch(0));
  for (const name of NAMES) {
    const difference = largestDifference(expected, await peers[name](batch(0)));
    if (!(difference < same)) throw new Error(`${TITLES[name]} and onnxruntime differ by ${difference}`);
  }
  const of = (name: Name) => (run: number) => peers[name](batch(run));
  const taken = await takeTurns(
    { bare: of("bare"), alike: of("alike"), http: of("http"), server: of("server") },
    amount,
  );
  const ratio = (name: Name): string => {
    const ratios = taken[name].clock.map((milliseconds, i) => milliseconds / at(taken.server.clock, i));
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
    return `${middle}× (${low} to ${high})`;
  };
  const medians = (what: "clock" | "processor") => NAMES.map((name) => quantile(taken[name][what], 0.5).toFixed(2));
  const ratios = NAMES.slice(0, -1).map(ratio);
  const load = at(loadavg(), 0).toFixed(1);
  return [taken.server.clock.length, ...medians("clock"), ...ratios, ...medians("processor"), load];
};
