import { Worker } from "node:worker_threads";
import type { Chunk, ExtractedText } from "../../src/domain/documents/index.ts";
import { fromProblem, StudioError } from "../../src/domain/errors.ts";
import type { TextAnswer, TextTask } from "./text.worker.ts";

interface Waiting {
  task: TextTask;
  resolve: (value: never) => void;
  reject: (reason: unknown) => void;
}

type Unnumbered<T> = T extends unknown ? Omit<T, "id"> : never;

/**
 * Reads and cuts texts in a worker thread with a memory limit and a time limit, one task at a time. A file that exceeds
 * either ends the thread, fails alone, and the next task gets a new thread.
 */
export class TextWork {
  #worker: Worker | null = null;
  #current: Waiting | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #queue: Waiting[] = [];
  #next = 1;
  #closed = false;

  constructor(private readonly options: { timeoutMs?: number; memoryMb?: number } = {}) {}

  /** @throws what `extractFile` throws; `file-too-complex` when the limits are exceeded */
  extract(bytes: Uint8Array, name: string): Promise<ExtractedText> {
    return this.#run({ kind: "extract", bytes, name });
  }

  /** @param tokenizer  folder of the model whose tokens are counted */
  chunk(
    text: string,
    mediaType: string,
    tokenizer: string,
    sizes: { size: number; overlap: number },
  ): Promise<Chunk[]> {
    return this.#run({ kind: "chunk", text, mediaType, tokenizer, ...sizes });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of this.#queue.splice(0)) reject(stopping());
    this.#current?.reject(stopping());
    this.#current = null;
    clearTimeout(this.#timer);
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #run<T>(task: Unnumbered<TextTask>): Promise<T> {
    if (this.#closed) return Promise.reject(stopping());
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ task: { ...task, id: this.#next++ }, resolve, reject });
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#current) return;
    const next = this.#queue.shift();
    if (!next) return;
    this.#current = next;
    this.#worker ??= this.#start();
    this.#timer = setTimeout(() => this.#abandon(), this.options.timeoutMs ?? 60_000);
    this.#worker.postMessage(next.task);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./text.worker.mjs", import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.options.memoryMb ?? 1024 },
    });
    worker.unref();
    worker.on("message", (answer: TextAnswer) => {
      if (answer.id !== this.#current?.task.id) return;
      const { resolve, reject } = this.#current;
      this.#settle();
      if ("value" in answer) resolve(answer.value as never);
      else reject(answer.defect ? unreadable() : fromProblem(answer.problem));
      this.#pump();
    });
    worker.on("error", (thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "ERR_WORKER_OUT_OF_MEMORY") this.#abandon(worker);
      else this.#abandon(worker, thrown);
    });
    return worker;
  }

  #abandon(worker = this.#worker, reason: unknown = tooComplex()): void {
    if (worker !== this.#worker) return;
    this.#worker = null;
    void worker?.terminate();
    const waiting = this.#current;
    this.#settle();
    waiting?.reject(reason);
    this.#pump();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#current = null;
  }
}

const stopping = () => new DOMException("The server is stopping.", "AbortError");
const tooComplex = () =>
  new StudioError(
    "file-too-complex",
    "The file took more time or memory than a file may.",
    "Split it, or save it in a simpler format.",
  );
const unreadable = () =>
  new StudioError("file-unreadable", "The file could not be read.", "Save it again, or in another format.");
