// Held by this thread too: the library would be unloaded with the last thread that uses it, and loaded again with the next.
import "onnxruntime-node";
import { Worker } from "node:worker_threads";
import type { InferenceSession } from "onnxruntime-node";
import { StudioError } from "../../src/domain/errors.ts";

/** Whole numbers (int64) of a shape. Their memory goes to the thread: the caller has it no longer. */
export interface GraphInput {
  data: BigInt64Array<ArrayBuffer>;
  dims: readonly number[];
}
export interface GraphOutput {
  data: Float32Array;
  dims: readonly number[];
}

type Task = { task: "open" | "close" } | { task: "run"; feeds: Readonly<Record<string, GraphInput>>; output: string };
type Answer = { id: number; value: unknown } | { id: number; defect: string };

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/**
 * A model in onnxruntime, in a thread of its own: loading one and running it hold up neither requests nor another model. Runs follow one
 * another, and one that has begun goes on to its end.
 */
export class GraphThread {
  /** Names of what the graph takes. */
  inputNames: readonly string[] = [];
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #failure: Error | null = null;
  #onStopped: ((cause: unknown) => void) | null = null;

  private constructor(model: string | Uint8Array, options: InferenceSession.SessionOptions) {
    this.#worker = new Worker(new URL("./graph.worker.mjs", import.meta.url), {
      execArgv: [],
      workerData: { model, options },
    });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => this.#settle(answer));
    this.#worker.on("error", (thrown) => this.#fail(thrown));
    this.#worker.on("exit", (code) => this.#fail(new Error(`The thread ended with code ${code}.`)));
  }

  /**
   * Loads a graph: a file, or its bytes.
   * @param onStopped  told once when the thread dies after it was opened; what was under way has been rejected
   * @throws Error of the runtime; StudioError `model-stopped` where the thread dies
   */
  static async open(
    model: string | Uint8Array,
    options: InferenceSession.SessionOptions,
    onStopped: (cause: unknown) => void = () => {},
  ): Promise<GraphThread> {
    const thread = new GraphThread(model, options);
    try {
      thread.inputNames = (await thread.#send({ task: "open" })) as string[];
    } catch (thrown) {
      await thread.#worker.terminate();
      throw thrown;
    }
    thread.#onStopped = onStopped;
    return thread;
  }

  /**
   * The output of that name; null where the graph has none of 32-bit floats.
   * @throws Error of the runtime; StudioError `model-stopped` where the thread dies, or has ended
   */
  async run(feeds: Readonly<Record<string, GraphInput>>, output: string): Promise<GraphOutput | null> {
    const buffers = Object.values(feeds).map(({ data }) => data.buffer);
    return (await this.#send({ task: "run", feeds, output }, buffers)) as GraphOutput | null;
  }

  /** Frees the model and ends the thread, after the runs that were asked for. */
  async close(): Promise<void> {
    this.#onStopped = null;
    try {
      await this.#send({ task: "close" });
    } catch (thrown) {
      if (thrown !== this.#failure) throw thrown; // A thread that has died has freed its model.
    } finally {
      await this.#worker.terminate();
    }
  }

  #send(task: Task, transfer: ArrayBuffer[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const id = this.#next++;
      this.#worker.postMessage({ id, ...task }, transfer);
      // The thread keeps the process only while something is asked of it.
      if (this.#waiting.size === 0) this.#worker.ref();
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("value" in answer) waiting?.resolve(answer.value);
    else waiting?.reject(new Error(answer.defect));
  }

  #fail(cause: unknown): void {
    if (this.#failure) return;
    this.#failure = stopped(cause);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    this.#onStopped?.(cause);
  }
}

const stopped = (cause: unknown) =>
  new StudioError(
    "model-stopped",
    "The thread that ran the model has stopped.",
    "Ask again in a while: the model is loaded anew. The server's log has the reason.",
    { cause },
  );
