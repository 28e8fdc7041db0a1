import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { MANIFEST_PATH, parseManifest } from "../../src/domain/artifact/manifest.ts";
import { PROBE_TEXTS } from "../../src/domain/artifact/probes.ts";
import { readAdapter } from "../../src/domain/artifact/readAdapter.ts";
import { StudioError, type Problem } from "../../src/domain/errors.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { lastTokenGraph, type OnnxType } from "../../src/domain/onnx/index.ts";
import { loadPrompts, type Prompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer, type TextTokenizer } from "../../src/domain/text/tokenizer.ts";
import { sha256 } from "../lib/hash.ts";
import { BatchQueue, DEFAULT_LIMITS, type Lane, type QueueLimits, type QueueObserver } from "./batchQueue.ts";
import { type Endpoint, ENDPOINT_BATCH } from "./endpoint.ts";
import { modelFolder } from "./modelFolder.ts";
import type { OnnxStore } from "./onnxStore.ts";
import { openSession, type EmbeddingSession } from "./onnxSession.ts";
import { compareToReference } from "./reference.ts";
import { TEXT_KINDS, type ModelIdentity, type ModelSource, type TextKind } from "./modelSource.ts";
import { EndpointSession } from "./endpointSession.ts";

export interface Embedded {
  vectors: Float32Array[];
  /** Tokens with prompt and end token. */
  tokens: number;
}

export interface EmbedderOptions {
  limits?: QueueLimits;
  /** Longer texts are refused, or cut where `cut` is set. */
  maxTokens: number;
  threads?: number;
  /** Weights of the graph; F32 when absent. */
  dtype?: OnnxType;
  /** `own` (the default) computes only what the last token needs; `published` is the very graph that others load. */
  graph?: "own" | "published";
  observer?: QueueObserver | null;
  /** Another server that may embed in place of this one. */
  endpoint?: Endpoint | null;
  /** Told when the endpoint takes over (null), and why it does not. */
  onEndpoint?: (problem: Problem | null) => void;
  /** Told when the thread of this server's own runtime dies: the model embeds no more. */
  onStopped?: (cause: unknown) => void;
}

/** A text as the runtime takes it, and as another server does: with its prompt in front. */
interface Sequence {
  ids: Int32Array;
  text: string;
  /** Tokens. */
  length: number;
}

interface Runtime {
  run(sequences: readonly Sequence[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** Texts that are tokenized in one turn of the event loop. */
const YIELD_EVERY = 64;

/** A loaded model with its tokenizer, prompts and queue. */
export class Embedder {
  private constructor(
    readonly identity: ModelIdentity,
    readonly tokenizer: TextTokenizer,
    readonly prompts: Prompts,
    readonly maxTokens: number,
    private readonly runtime: Runtime,
    private readonly queue: BatchQueue<Sequence>,
  ) {}

  /**
   * Builds the ONNX form where it is not there yet, loads it, and holds a tuned model against the embeddings that the
   * engine stored in the artifact.
   * @throws StudioError `onnx-differs`, `onnx-unreadable`, `vectors-invalid`, `reference-invalid`, and what the writers throw
   */
  static async open(source: ModelSource, onnx: OnnxStore, options: EmbedderOptions): Promise<Embedder> {
    const { tuned, base } = source;
    const files = tuned ? modelFolder(tuned.directory, tuned.base.id) : modelFolder(base.directory, base.name);
    const config = await readModelConfig(files);
    const tokenizer = await loadTokenizer(files);
    const prompts = await loadPrompts(files);
    const manifest = tuned && parseManifest(await readFile(join(tuned.directory, MANIFEST_PATH)));
    const adapter = tuned && (await readAdapter(files, config));
    const openLocal = async (): Promise<Runtime & { session: EmbeddingSession }> => {
      const folder = await (tuned ? onnx.tuned(tuned, base, options.dtype) : onnx.base(base, options.dtype));
      const session = await openSession(folder, {
        dimension: config.hidden,
        padToken: tokenizer.endToken,
        threads: options.threads ?? 0,
        graph: options.graph === "published" ? undefined : lastTokenGraph(config, adapter, options.dtype),
        onStopped: options.onStopped,
      });
      const run = (sequences: readonly Sequence[]) => session.run(sequences.map(({ ids }) => ids));
      return { session, run, close: () => session.close() };
    };
    const maxTokens = Math.min(options.maxTokens, config.maxPositions);
    const local = await openLocal();
    let runtime: Runtime = local;
    let endpoint: EndpointSession<Sequence> | null = null;
    try {
      const embed = (kind: TextKind) =>
        local.session.run(PROBE_TEXTS.map((text) => tokenizer.encode(prompts[kind], text, maxTokens)));
      const own = { query: await embed("query"), document: await embed("document") };
      if (tuned) await compareToReference(tuned, own, config.hidden, options.dtype);
      if (options.endpoint)
        runtime = endpoint = await EndpointSession.open(
          {
            endpoint: options.endpoint,
            dimension: config.hidden,
            probes: TEXT_KINDS.map((kind) => ({ prompt: prompts[kind], vectors: own[kind] })),
            openLocal,
            onChange: options.onEndpoint ?? (() => {}),
          },
          local,
        );
    } catch (thrown) {
      await local.close();
      throw thrown;
    }
    const limits = options.limits ?? DEFAULT_LIMITS;
    return new Embedder(
      {
        fingerprint: source.fingerprint,
        role: tuned ? "tuned" : "baseline",
        baseId: tuned?.base.id ?? base.name,
        baseRevision: manifest?.base.revision,
        version: tuned?.version ?? null,
        dimension: config.hidden,
        promptHash: { query: sha256(prompts.query), document: sha256(prompts.document) },
        datasetHash: manifest?.dataset?.fingerprint,
        get backend() {
          return endpoint?.remote ? "remote" : "onnxruntime";
        },
      },
      tokenizer,
      prompts,
      maxTokens,
      runtime,
      new BatchQueue(
        (batch) => runtime.run(batch),
        // One text of each request to the endpoint is a probe; how texts are padded there is its own affair.
        endpoint
          ? { ...limits, batchSize: Math.min(limits.batchSize, ENDPOINT_BATCH - 1), padding: Infinity, inFlight: 4 }
          : limits,
        options.observer ?? null,
      ),
    );
  }

  /** Texts that wait. */
  get depth(): number {
    return this.queue.depth;
  }

  /** Tokens of a text with its prompt and the end token. */
  count(text: string, kind: TextKind): number {
    return this.tokenizer.count(this.prompts[kind], text);
  }

  /**
   * Unit vectors of texts, in order.
   * @param options.cut  keeps the first `maxTokens` tokens of a longer text instead of refusing it
   * @throws StudioError `text-too-long` naming the place in the list; HttpProblem `embedding-too-slow`, `embedding-busy`, `embedding-timeout`
   */
  async embed(
    texts: readonly string[],
    kind: TextKind,
    options: { lane: Lane; signal?: AbortSignal; cut?: boolean },
  ): Promise<Embedded> {
    const sequences: Sequence[] = [];
    for (const [i, text] of texts.entries()) {
      // Many long texts take seconds to tokenize, and others are answered meanwhile.
      if (i % YIELD_EVERY === YIELD_EVERY - 1) await yieldToEventLoop();
      options.signal?.throwIfAborted();
      const sequence = this.#sequence(text, kind);
      if (sequence.length <= this.maxTokens) sequences.push(sequence);
      else if (options.cut) sequences.push(this.#sequence(this.#cut(text, kind), kind));
      else {
        const subject = kind === "query" && texts.length === 1 ? "The question" : `Text ${i + 1}`;
        throw tooLong(subject, kind, this.maxTokens);
      }
    }
    const vectors = await this.queue.submit(sequences, options.lane, options.signal);
    return { vectors, tokens: sequences.reduce((sum, { length }) => sum + length, 0) };
  }

  /** Frees the runtime. The caller waits for running work first. */
  close(): Promise<void> {
    return this.runtime.close();
  }

  /** One token longer than may be where the text is too long. */
  #sequence(text: string, kind: TextKind): Sequence {
    const ids = this.tokenizer.encode(this.prompts[kind], text, this.maxTokens + 1);
    return { ids, text: this.prompts[kind] + text, length: ids.length };
  }

  /** The longest beginning of a text that fits, so that this server's runtime and another's read the same. */
  #cut(text: string, kind: TextKind): string {
    let [fits, over] = [0, text.length];
    while (over - fits > 1) {
      const middle = (fits + over) >> 1;
      if (this.count(text.slice(0, middle), kind) <= this.maxTokens) fits = middle;
      else over = middle;
    }
    return text.slice(0, fits);
  }
}

const tooLong = (subject: string, kind: TextKind, limit: number): StudioError =>
  new StudioError(
    "text-too-long",
    `${subject} has more than ${limit} tokens with its prompt, which is what the model takes.`,
    kind === "query"
      ? "Shorten it: this limit holds beside the one of characters, and how many characters a token has depends on the text."
      : "Cut it into shorter passages.",
  );
