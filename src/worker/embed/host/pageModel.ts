import { asModelFolder, BASE_CONFIG_PATH } from "../../../domain/artifact/baseConfig.ts";
import {
  PROBE_TEXTS,
  REFERENCE_PATH,
  SAME_MODEL_COSINE,
  readReference,
  smallestCosine,
} from "../../../domain/artifact/probes.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { BASE_DATA, BASE_GRAPH } from "../../../domain/onnx/index.ts";
import { at } from "../../../domain/present.ts";
import { loadPrompts } from "../../../domain/text/prompts.ts";
import { loadTokenizer } from "../../../domain/text/tokenizer.ts";
import {
  listFiles,
  readStored,
  storedParts,
  storeFiles,
  type HubPlace,
  type HubStore,
  type ListedFile,
} from "../../../platform/hub/index.ts";
import { handOver } from "../../rpc.ts";
import type { EmbedService, PageLoaded, PageLoadEvent, PageLoadRequest, PageModel } from "../protocol.ts";
import { MOST_WEIGHTS } from "./limits.ts";
import type { openPageSession } from "./onnxRuntime.ts";

const PROGRESS_MS = 200;
const SMALL = [
  BASE_CONFIG_PATH,
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "config_sentence_transformers.json",
  REFERENCE_PATH,
];
const GRAPH = `onnx/${BASE_GRAPH}`;
const DATA = `onnx/${BASE_DATA}`;

export interface PageModelPorts {
  store: HubStore;
  /** Address of the studio's server. */
  host: string;
  open: typeof openPageSession;
  fetcher?: typeof fetch;
}

/** Holds one embedding model of the server's in the page: its files, its runtime, and the proof that it is that model. */
export class PageModelService implements EmbedService {
  #embed: ((text: string) => Promise<Float32Array>) | null = null;
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly ports: PageModelPorts) {}

  async inspect(model: PageModel, headers: Record<string, string>) {
    return storedParts(this.ports.store, await this.#files(model, headers));
  }

  embed(text: string): Promise<Float32Array> {
    const embed = this.#embed;
    if (!embed) throw new Error("embed before load");
    // One at a time: a session does not run twice at once.
    const answer = this.#running.then(() => embed(text)).then(handOver);
    this.#running = answer.catch(() => undefined);
    return answer;
  }

  async forget(): Promise<void> {
    const { store } = this.ports;
    const contents = new Set((await store.list("")).map(({ path }) => at(path.split("/"), 0)));
    for (const content of contents) await store.remove(content);
  }

  async load(
    { model, provider, probes, headers }: PageLoadRequest,
    onEvent: (event: PageLoadEvent) => void,
    signal: AbortSignal,
  ): Promise<PageLoaded> {
    const { store, open } = this.ports;
    const listed = await this.#files(model, headers, signal);
    await storeFiles(store, this.#place(model), listed, {
      fetcher: this.#fetcher(headers),
      signal,
      onProgress: atMost(PROGRESS_MS, (done, total) => onEvent({ phase: "download", done, total })),
    });
    onEvent({ phase: "open" });
    const files = storedModel(store, model, listed);
    const tokenizer = await loadTokenizer(files);
    const { query: prompt } = await loadPrompts(files);
    const expected = probes ?? readReference(await files.read(REFERENCE_PATH)).tuned.query;
    signal.throwIfAborted();
    const session = await open(
      provider,
      {
        graph: await files.read(GRAPH),
        data: await Promise.all(
          listed
            .filter(({ path }) => path.startsWith(DATA))
            .map(async (file) => ({
              path: file.path.slice("onnx/".length),
              data: await readStored(store, file),
            })),
        ),
      },
      { dimension: model.dimension, padToken: tokenizer.endToken },
    );
    signal.throwIfAborted();
    onEvent({ phase: "check" });
    const embed = async (text: string): Promise<Float32Array> => {
      if (tokenizer.count(prompt, text) > model.maxTokens) throw tooLong(model.maxTokens);
      return session.run(tokenizer.encode(prompt, text, model.maxTokens));
    };
    const cosine = await compare(embed, expected, model.dimension, signal);
    this.#embed = embed;
    return { cosine, threads: session.threads };
  }

  /** What the page needs of the model. */
  async #files(model: PageModel, headers: Record<string, string>, signal?: AbortSignal): Promise<ListedFile[]> {
    const listed = await listFiles(this.#place(model), {
      fetcher: this.#fetcher(headers),
      ...(signal ? { signal } : {}),
    });
    const files = listed.filter(({ path }) => SMALL.includes(path) || path === GRAPH || path.startsWith(DATA));
    if (![GRAPH, DATA].every((needed) => files.some(({ path }) => path === needed)))
      throw new StudioError(
        "onnx-missing",
        "The server has no ONNX form of this model to give out.",
        "Embed questions on the server. A version registered while its base was missing gets the form when it is uploaded again.",
      );
    const weights = files.reduce((sum, { path, bytes }) => sum + (path.startsWith(DATA) ? bytes : 0), 0);
    if (weights > MOST_WEIGHTS)
      throw new StudioError(
        "page-too-large",
        `The model's weights take ${(weights / 1e9).toFixed(1)} GB; a page can hold ${(MOST_WEIGHTS / 1e9).toFixed(1)} GB.`,
        "Embed questions on the server, or use a smaller base.",
      );
    return files;
  }

  #place({ repo, revision }: PageModel): HubPlace {
    return { host: this.ports.host, repo, revision };
  }

  #fetcher(own: Record<string, string>): typeof fetch {
    const { fetcher = fetch } = this.ports;
    return (input, init) =>
      fetcher(input, { ...init, headers: { ...(init?.headers as Record<string, string>), ...own } });
  }
}

/** Lets a report through when the last one is so long ago, or when all is done. */
const atMost = (ms: number, report: (done: number, total: number) => void) => {
  let last = -Infinity;
  return (done: number, total: number): void => {
    if (done < total && performance.now() - last < ms) return;
    last = performance.now();
    report(done, total);
  };
};

const compare = async (
  embed: (text: string) => Promise<Float32Array>,
  expected: Float32Array,
  dimension: number,
  signal: AbortSignal,
): Promise<number> => {
  const own = new Float32Array(PROBE_TEXTS.length * dimension);
  for (const [row, text] of PROBE_TEXTS.entries()) {
    own.set(await embed(text), row * dimension);
    signal.throwIfAborted();
  }
  const cosine = expected.length === own.length ? smallestCosine(own, expected, dimension) : NaN;
  if (cosine >= SAME_MODEL_COSINE) return cosine;
  throw new StudioError(
    "page-vectors-differ",
    `This page computes other vectors than the model's own (smallest cosine ${cosine.toFixed(6)}, ${SAME_MODEL_COSINE} is asked), so they are not used.`,
    "Embed questions on the server. An update of the browser or of the graphics driver may help.",
  );
};

/** The stored files as a model folder. */
const storedModel = (store: HubStore, { repo, revision }: PageModel, listed: readonly ListedFile[]): ModelFiles => {
  const find = (path: string) => listed.find((file) => file.path === path);
  return asModelFolder({
    id: repo,
    revision,
    size: async (path) => find(path)?.bytes ?? null,
    sha256: async (path) => find(path)?.sha256 ?? null,
    read: async (path, start = 0, end) => {
      const file = find(path);
      if (!file) throw new StudioError("model-file-missing", `The model has no ${path}.`, "Upload the model again.");
      return (await readStored(store, file)).subarray(start, end);
    },
  });
};

const tooLong = (limit: number): StudioError =>
  new StudioError(
    "text-too-long",
    `The question has more than ${limit} tokens, which is what the model takes.`,
    "Shorten it.",
  );
