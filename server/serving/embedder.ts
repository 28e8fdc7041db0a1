import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_PATH, parseManifest } from "../../src/domain/artifact/manifest.ts";
import { PROBE_TEXTS, readReference, REFERENCE_PATH, smallestCosine } from "../../src/domain/artifact/probes.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { readModelConfig } from "../../src/domain/modelConfig.ts";
import { loadPrompts, type Prompts } from "../../src/domain/text/prompts.ts";
import { loadTokenizer, type TextTokenizer } from "../../src/domain/text/tokenizer.ts";
import { BatchQueue, DEFAULT_LIMITS, type Lane, type QueueLimits, type QueueObserver } from "./batchQueue.ts";
import { modelFolder, type OnnxStore } from "./onnxStore.ts";
import { openSession, type EmbeddingSession } from "./onnxSession.ts";
import type { LocalBase, TunedModel } from "./selection.ts";

export type Kind = keyof Prompts;

/** A model that can be loaded: a base alone, or a tuned model over its base. */
export interface ModelSource {
  /** Names the model and its collection: the manifest's fingerprint, or the SHA-256 of the base's weights. */
  fingerprint: string;
  tuned: TunedModel | null;
  base: LocalBase;
}

/** Which model made a vector, for answers and spans. */
export interface ModelIdentity {
  fingerprint: string;
  role: "tuned" | "baseline";
  /** Id of the base, `Qwen/Qwen3-Embedding-0.6B`. */
  baseId: string;
  baseRevision: string | undefined;
  version: string | null;
  dimension: number;
  /** SHA-256 of the prompt in front of queries and documents. */
  promptHash: Record<Kind, string>;
  /** Fingerprint of the data set that tuned it. */
  datasetHash: string | undefined;
}

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
  observer?: QueueObserver | null;
}

/** The smallest cosine to the engine's own embeddings at which an ONNX form may serve. */
export const SAME_MODEL = 0.9999;

/** A loaded model with its tokenizer, prompts and queue. */
export class Embedder {
  private constructor(
    readonly identity: ModelIdentity,
    readonly tokenizer: TextTokenizer,
    readonly prompts: Prompts,
    readonly maxTokens: number,
    private readonly session: EmbeddingSession,
    private readonly queue: BatchQueue,
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
    const folder = await (tuned ? onnx.tuned(tuned, base) : onnx.base(base));
    const session = await openSession(folder, {
      dimension: config.hidden,
      padToken: tokenizer.endToken,
      threads: options.threads ?? 0,
    });
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const embedder = new Embedder(
      {
        fingerprint: source.fingerprint,
        role: tuned ? "tuned" : "baseline",
        baseId: tuned?.base.id ?? base.name,
        baseRevision: manifest?.base.revision,
        version: tuned?.version ?? null,
        dimension: config.hidden,
        promptHash: { query: sha256(prompts.query), document: sha256(prompts.document) },
        datasetHash: manifest?.dataset.fingerprint,
      },
      tokenizer,
      prompts,
      Math.min(options.maxTokens, config.maxPositions),
      session,
      new BatchQueue((batch) => session.run(batch), options.limits ?? DEFAULT_LIMITS, options.observer ?? null),
    );
    try {
      await embedder.#check(tuned);
      return embedder;
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  }

  /** Texts that wait. */
  get depth(): number {
    return this.queue.depth;
  }

  /** Tokens of a text with its prompt and the end token. */
  count(text: string, kind: Kind): number {
    return this.tokenizer.count(this.prompts[kind], text);
  }

  /**
   * Unit vectors of texts, in order.
   * @param options.cut  keeps the first `maxTokens` tokens of a longer text instead of refusing it
   * @throws StudioError `text-too-long` naming the place in the list; HttpProblem `embedding-busy`, `embedding-timeout`
   */
  async embed(
    texts: readonly string[],
    kind: Kind,
    options: { lane: Lane; signal?: AbortSignal; cut?: boolean },
  ): Promise<Embedded> {
    const sequences = texts.map((text, i) => {
      if (!options.cut && this.count(text, kind) > this.maxTokens) throw tooLong(i, this.maxTokens);
      return this.tokenizer.encode(this.prompts[kind], text, this.maxTokens);
    });
    const vectors = await this.queue.submit(sequences, options.lane, options.signal);
    return { vectors, tokens: sequences.reduce((sum, { length }) => sum + length, 0) };
  }

  /** Frees the session. The caller waits for running work first. */
  close(): Promise<void> {
    return this.session.close();
  }

  async #check(tuned: TunedModel | null): Promise<void> {
    const embed = async (kind: Kind): Promise<Float32Array> => {
      const { vectors } = await this.embed(PROBE_TEXTS, kind, { lane: "interactive", cut: true });
      return Float32Array.from(vectors.flatMap((vector) => [...vector]));
    };
    const own = { query: await embed("query"), document: await embed("document") };
    if (!tuned) return;
    const reference = readReference(await readFile(join(tuned.directory, REFERENCE_PATH)));
    for (const kind of ["query", "document"] as const) {
      const cosine =
        reference.dim === this.session.dimension
          ? smallestCosine(own[kind], reference.tuned[kind], reference.dim)
          : Number.NaN;
      if (!(cosine >= SAME_MODEL))
        throw new StudioError(
          "onnx-differs",
          `The ONNX form gives other ${kind} embeddings than the studio's engine (smallest cosine ${cosine.toFixed(6)}, ${SAME_MODEL} is asked).`,
          "Export the model again on a device whose self-test passes.",
        );
    }
  }
}

const tooLong = (index: number, limit: number): StudioError =>
  new StudioError(
    "text-too-long",
    `Text ${index + 1} has more than ${limit} tokens, which is what the model takes.`,
    "Cut it into shorter passages.",
  );
