import { readFile } from "node:fs/promises";
import { Agent, request } from "node:http";
import { loadavg } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { nodeModelFiles } from "../../../../server/cli/nodeModelFiles.ts";
import { PROJECT_ROOT } from "../../../../server/lib/project.ts";
import { SMALL_BASE } from "../../../domain/bases.ts";
import { BASE_GRAPH, lastTokenVectors, leftPadded, type OnnxType } from "../../../domain/onnx/index.ts";
import { at, present } from "../../../domain/present.ts";
import { quantile } from "../../../domain/quantile.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import { startBenchStudio } from "../benchStudio.ts";
import { row } from "./table.ts";

/** Texts of a request. */
const SIZES = [1, 16, 64];
/** Largest difference of two vectors' numbers that only another batch makes. In 8 bits a batch shares the scale of its activations. */
const SAME: Record<OnnxType, number> = { f32: 1e-4, q8: 2e-2 };
const LEAST_ROUNDS = 8;

/** Embeds texts in order. */
type Embed = (texts: readonly string[]) => Promise<Float32Array[]>;

/** Distinct passages of the sample, as they come. */
const passages = async (): Promise<string[]> => {
  const lines = (await readFile(join(PROJECT_ROOT, "public/samples/support.jsonl"), "utf8")).trim().split("\n");
  return [...new Set(lines.map((line) => (JSON.parse(line) as { positive: string }).positive))];
};

/** As the server opens its sessions: threads that wait sleep. */
const SLEEPING = { session: { intra_op: { allow_spinning: "0" }, inter_op: { allow_spinning: "0" } } };

/** What a program does without a server: tokenize, pad, one run of onnxruntime, last token. */
const bareEmbed = async (
  graph: string,
  directory: string,
  extra: Record<string, unknown> = {},
): Promise<{ embed: Embed; close(): Promise<void> }> => {
  const tokenizer = await loadTokenizer(nodeModelFiles(directory));
  const session = await InferenceSession.create(graph, { executionProviders: ["cpu"], logSeverityLevel: 3, extra });
  const embed: Embed = async (texts) => {
    const sequences = texts.map((text) => tokenizer.encode("", text, 512));
    const { ids, mask, dims } = leftPadded(sequences, tokenizer.endToken);
    const input = { input_ids: new Tensor("int64", ids, dims), attention_mask: new Tensor("int64", mask, dims) };
    const state = (await session.run(input)).last_hidden_state as Tensor;
    return lastTokenVectors({ data: state.data as Float32Array, dims: state.dims }, SMALL_BASE.config.hidden);
  };
  return { embed, close: () => session.release() };
};

/** `POST /v1/embeddings` on a kept connection, vectors in base64, as OpenAI's clients ask. */
const servedEmbed = (url: string): { embed: Embed; close(): void } => {
  const agent = new Agent({ keepAlive: true });
  const embed: Embed = async (texts) => {
    const body = JSON.stringify({ input: texts, encoding_format: "base64" });
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const text = await new Promise<string>((resolve, reject) => {
      const call = request(`${url}/v1/embeddings`, { method: "POST", agent, headers }, (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("end", () => {
          const answer = Buffer.concat(parts).toString();
          if (response.statusCode === 200) resolve(answer);
          else reject(new Error(`/v1/embeddings answered ${response.statusCode}: ${answer.slice(0, 300)}`));
        });
        response.on("error", reject);
      });
      call.on("error", reject);
      call.end(body);
    });
    const { data } = JSON.parse(text) as { data: { embedding: string }[] };
    return data.map(({ embedding }) => {
      const bytes = Uint8Array.from(Buffer.from(embedding, "base64"));
      return new Float32Array(bytes.buffer);
    });
  };
  return { embed, close: () => agent.destroy() };
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
 * onnxruntime runs as it is by default, and with the server's settings, so that what the settings cost is told from what the server does.
 *
 * @throws Error when the two do not give the same vectors
 */
export const measureServing = async (folder: string, seconds: number): Promise<void> => {
  const texts = await passages();
  const directory = join(PROJECT_ROOT, "models/base", SMALL_BASE.id);
  console.log(`\n/v1/embeddings beside onnxruntime alone, ${SMALL_BASE.id}, ${texts.length} passages of the sample\n`);
  row(
    "weights",
    "texts a request",
    "rounds",
    "onnxruntime p50 ms",
    "its threads asleep",
    "server p50 ms",
    "onnxruntime ÷ server",
    "quartiles",
    "asleep ÷ server",
    "quartiles",
    "processor ms asleep",
    "of the server",
    "ratio",
    "load average",
  );
  row("---", ...Array.from({ length: 13 }, () => "---:"));
  for (const dtype of ["f32", "q8"] satisfies OnnxType[]) {
    const { url, studio, close } = await startBenchStudio(join(folder, dtype), {
      base: SMALL_BASE.id,
      environment: { EMBEDDING_DTYPE: dtype },
    });
    const server = servedEmbed(url);
    try {
      const { source } = await studio.models.ready();
      const onnx = await studio.onnx.base(present(source.base, "base"), dtype);
      const bare = await bareEmbed(join(onnx, BASE_GRAPH), directory);
      const asleep = await bareEmbed(join(onnx, BASE_GRAPH), directory, SLEEPING);
      const peers = { bare: bare.embed, asleep: asleep.embed, server: server.embed };
      for (const size of SIZES) row(dtype, size, ...(await compare(peers, texts, size, seconds, SAME[dtype])));
      await bare.close();
      await asleep.close();
    } finally {
      server.close();
      await close();
    }
  }
};

const NAMES = ["bare", "asleep", "server"] as const;
type Peers = Record<(typeof NAMES)[number], Embed>;

const compare = async (peers: Peers, texts: readonly string[], size: number, seconds: number, same: number) => {
  const batch = (round: number) => Array.from({ length: size }, (_, i) => at(texts, (round * size + i) % texts.length));
  await peers.asleep(batch(0));
  const difference = largestDifference(await peers.bare(batch(0)), await peers.server(batch(0)));
  if (!(difference < same)) throw new Error(`server and onnxruntime differ by ${difference}`);
  const times: Record<keyof Peers, number[]> = { bare: [], asleep: [], server: [] };
  const work: Record<keyof Peers, number[]> = { bare: [], asleep: [], server: [] };
  const until = performance.now() + 1000 * seconds;
  for (let round = 1; round <= LEAST_ROUNDS || performance.now() < until; round++)
    for (let turn = 0; turn < NAMES.length; turn++) {
      const name = at(NAMES, (round + turn) % NAMES.length);
      const [started, before] = [performance.now(), process.cpuUsage()];
      await peers[name](batch(round));
      times[name].push(performance.now() - started);
      const { user, system } = process.cpuUsage(before);
      work[name].push((user + system) / 1000);
    }
  const ratio = (name: keyof Peers): string[] => {
    const ratios = times[name].map((milliseconds, i) => milliseconds / at(times.server, i));
    const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share).toFixed(2));
    return [`${middle}×`, `${low} to ${high}`];
  };
  const median = (name: keyof Peers): string => quantile(times[name], 0.5).toFixed(2);
  const [asleep, server] = [quantile(work.asleep, 0.5), quantile(work.server, 0.5)];
  const processor = [asleep.toFixed(2), server.toFixed(2), `${(asleep / server).toFixed(2)}×`];
  const load = at(loadavg(), 0).toFixed(1);
  return [times.server.length, ...NAMES.map(median), ...ratio("bare"), ...ratio("asleep"), ...processor, load];
};
