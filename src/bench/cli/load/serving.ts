import { readFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { PROJECT_ROOT } from "../../../../server/lib/project.ts";
import { BRIEF_SPIN } from "../../../../server/serving/onnxSession.ts";
import { SMALL_BASE } from "../../../domain/bases.ts";
import { BASE_GRAPH, type OnnxType } from "../../../domain/onnx/index.ts";
import { at, present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { startBenchStudio } from "../benchStudio.ts";
import { bareEmbed, type Embed, plainServer, servedEmbed } from "./servingPeers.ts";
import { row } from "./table.ts";

/** Texts of a request. */
const SIZES = [1, 16, 64];
/** Largest difference of two vectors' numbers that only another batch makes. In 8 bits a batch shares the scale of its activations. */
const SAME: Record<OnnxType, number> = { f32: 1e-4, q8: 2e-2 };
const LEAST_ROUNDS = 8;
/** Requests of one text before anything is counted: code that has run a few dozen times takes three times as long. */
const WARM_UP = 150;

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
 * The server's own cost: the same texts by `/v1/embeddings` over loopback and by onnxruntime alone, in turns in one process, with the
 * small base. What is told is the median of the rounds' ratios and their quartiles, since all share whatever else the machine does.
 * Processor time is that of all threads of the process, client included.
 * Peers are onnxruntime as it is by default, with the server's settings, and with those behind Node's own HTTP server: so that what the
 * settings and HTTP cost is told from what the server does.
 *
 * @throws Error when the two do not give the same vectors
 */
export const measureServing = async (folder: string, seconds: number): Promise<void> => {
  const texts = await passages();
  const directory = join(PROJECT_ROOT, "models/base", SMALL_BASE.id);
  console.log(`\n/v1/embeddings beside onnxruntime alone, ${SMALL_BASE.id}, ${texts.length} passages of the sample\n`);
  const each = (what: string) => NAMES.map((name) => `${TITLES[name]} ${what}`);
  const ratios = NAMES.slice(0, -1).map((name) => `${TITLES[name]} ÷ server (quartiles)`);
  const head = ["weights", "texts a request", "rounds", ...each("p50 ms"), ...ratios, ...each("processor ms")];
  row(...head, "load average");
  row("---", ...head.map(() => "---:"));
  for (const dtype of ["f32", "q8"] satisfies OnnxType[]) {
    const { url, studio, close } = await startBenchStudio(join(folder, dtype), {
      base: SMALL_BASE.id,
      environment: { EMBEDDING_DTYPE: dtype },
    });
    const server = servedEmbed(url);
    try {
      const { source } = await studio.models.ready();
      const onnx = await studio.onnx.base(present(source.base, "base"), dtype);
      const graph = join(onnx, BASE_GRAPH);
      const bare = await bareEmbed(graph, directory);
      const alike = await bareEmbed(graph, directory, BRIEF_SPIN);
      const behind = await bareEmbed(graph, directory, BRIEF_SPIN);
      const plain = await plainServer(behind.embed);
      const http = servedEmbed(plain.url);
      const peers = { bare: bare.embed, alike: alike.embed, http: http.embed, server: server.embed };
      for (let i = 0; i < WARM_UP; i++) for (const name of NAMES) await peers[name]([at(texts, i % texts.length)]);
      for (const size of SIZES) row(dtype, size, ...(await compare(peers, texts, size, seconds, SAME[dtype])));
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
  alike: "with the server's settings",
  http: "behind plain HTTP",
  server: "server",
} as const;
const NAMES = ["bare", "alike", "http", "server"] as const;
type Peers = Record<(typeof NAMES)[number], Embed>;

const compare = async (peers: Peers, texts: readonly string[], size: number, seconds: number, same: number) => {
  const batch = (round: number) => Array.from({ length: size }, (_, i) => at(texts, (round * size + i) % texts.length));
  const expected = await peers.bare(batch(0));
  for (const name of NAMES) {
    const difference = largestDifference(expected, await peers[name](batch(0)));
    if (!(difference < same)) throw new Error(`${TITLES[name]} and onnxruntime differ by ${difference}`);
  }
  const times: Record<keyof Peers, number[]> = { bare: [], alike: [], http: [], server: [] };
  const work: Record<keyof Peers, number[]> = { bare: [], alike: [], http: [], server: [] };
  const until = performance.now() + 1000 * seconds;
  for (let round = 1; round <= LEAST_ROUNDS || performance.now() < until; round++) {
    const turns = NAMES.map((_, turn) => at(NAMES, (round + turn) % NAMES.length));
    // Threads of onnxruntime alone spin on into the next turn: not always the same peer's.
    for (const name of round % 2 ? turns.reverse() : turns) {
      const [started, before] = [performance.now(), process.cpuUsage()];
      await peers[name](batch(round));
      times[name].push(performance.now() - started);
      const { user, system } = process.cpuUsage(before);
      work[name].push((user + system) / 1000);
    }
  }
  const ratio = (name: keyof Peers): string => {
    const ratios = times[name].map((milliseconds, i) => milliseconds / at(times.server, i));
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
    return `${middle}× (${low} to ${high})`;
  };
  const medians = (of: Record<keyof Peers, number[]>) => NAMES.map((name) => quantile(of[name], 0.5).toFixed(2));
  const ratios = NAMES.slice(0, -1).map(ratio);
  return [times.server.length, ...medians(times), ...ratios, ...medians(work), at(loadavg(), 0).toFixed(1)];
};
