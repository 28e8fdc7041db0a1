import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { nodeModelFiles } from "../../../../server/cli/nodeModelFiles.ts";
import { cpuSession } from "../../../../server/lib/cpuSession.ts";
import type { ModelConfig } from "../../../domain/modelConfig.ts";
import { BASE_GRAPH, lastTokenGraph, lastTokenVectors, leftPadded, type OnnxType } from "../../../domain/onnx/index.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";

/** Embeds texts in order. */
export type Embed = (texts: readonly string[]) => Promise<Float32Array[]>;

/** How a session is opened. */
type OpenGraph = () => Promise<InferenceSession>;

/** The graph that others load, in onnxruntime as it is by default. */
export const publishedGraph =
  (folder: string): OpenGraph =>
  () =>
    InferenceSession.create(join(folder, BASE_GRAPH), { executionProviders: ["cpu"], logSeverityLevel: 3 });

/** The server's own graph with its settings. */
export const ownGraph =
  (folder: string, config: ModelConfig, dtype: OnnxType): OpenGraph =>
  () =>
    InferenceSession.create(lastTokenGraph(config, null, dtype), cpuSession(0, folder));

/** What a program does without a server: tokenize, pad, one run of onnxruntime, last token. */
export const bareEmbed = async (
  open: OpenGraph,
  directory: string,
  dimension: number,
): Promise<{ embed: Embed; close(): Promise<void> }> => {
  const tokenizer = await loadTokenizer(nodeModelFiles(directory));
  const session = await open();
  const embed: Embed = async (texts) => {
    const sequences = texts.map((text) => tokenizer.encode("", text, 512));
    const { ids, mask, dims } = leftPadded(sequences, tokenizer.endToken);
    const input = { input_ids: new Tensor("int64", ids, dims), attention_mask: new Tensor("int64", mask, dims) };
    const state = (await session.run(input)).last_hidden_state as Tensor;
    return lastTokenVectors({ data: state.data as Float32Array, dims: state.dims }, dimension);
  };
  return { embed, close: () => session.release() };
};

/** `POST /v1/embeddings` on a kept connection, vectors in base64, as OpenAI's clients ask. */
export const servedEmbed = (url: string): { embed: Embed; close(): void } => {
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

/** The least that answers as `/v1/embeddings` does: Node's own HTTP server around `embed`. It checks, counts and records nothing. */
export const plainServer = async (embed: Embed): Promise<{ url: string; close(): void }> => {
  const server = createServer((asked, answer) => {
    const parts: Buffer[] = [];
    asked.on("data", (part: Buffer) => parts.push(part));
    asked.on("end", () => {
      const { input } = JSON.parse(Buffer.concat(parts).toString()) as { input: string[] };
      embed(input).then(
        (vectors) => {
          const data = vectors.map(({ buffer, byteOffset, byteLength }, index) => ({
            object: "embedding",
            index,
            embedding: Buffer.from(buffer, byteOffset, byteLength).toString("base64"),
          }));
          const usage = { prompt_tokens: 0, total_tokens: 0 };
          const body = JSON.stringify({ object: "list", data, model: "plain", usage });
          answer.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
          answer.end(body);
        },
        (thrown: unknown) => answer.writeHead(500).end(String(thrown)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
};
