import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { StudioError } from "../../src/domain/errors.ts";
import { Mutex } from "../lib/mutex.ts";
import type { Opening, Reply, Statement } from "./pglite.worker.ts";
import { postgresModule } from "./postgresModule.ts";

type Result = Extract<Reply, { result: unknown }>["result"];
type Options = { rowMode?: "array" | "object"; parsers?: Record<number, unknown> };
type Query = (text: string, params?: unknown[], options?: Options) => Promise<Result>;

interface Waiting {
  resolve: (result: Result) => void;
  reject: (reason: unknown) => void;
}

/**
 * PGlite in a thread of its own, behind the two methods of it that drizzle calls: statements that take long (building an
 * index, a large exact search) hold up other statements, and nothing else.
 */
export class EmbeddedClient {
  readonly #mutex = new Mutex();
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;
  #failure: Error | null = null;

  private constructor(private readonly worker: Worker) {
    worker.unref();
    worker.on("message", (reply: Reply | "closed") => {
      if (reply !== "closed") this.#settle(reply);
    });
    worker.on("error", (thrown) => this.#fail(stopped(thrown)));
    worker.on("exit", () => this.#fail(stopped()));
  }

  /** Opens the database in a folder, or makes it. @throws what PGlite throws */
  static async open(dataDir: string): Promise<EmbeddedClient> {
    const worker = new Worker(new URL("./pglite.worker.mjs", import.meta.url), {
      execArgv: [],
      workerData: { dataDir, postgres: await postgresModule() } satisfies Opening,
    });
    await once(worker, "message"); // Rejects with the error that ends the thread.
    return new EmbeddedClient(worker);
  }

  /** Waits for a running transaction. `parsers` are taken for what drizzle's are: types that it wants as text. */
  query: Query = (...statement) => this.#mutex.run(() => this.#send(...statement));

  transaction<T>(work: (client: { query: Query }) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      await this.#send("BEGIN");
      let result: T;
      try {
        result = await work({ query: (...statement) => this.#send(...statement) });
      } catch (thrown) {
        await this.#send("ROLLBACK");
        throw thrown;
      }
      await this.#send("COMMIT");
      return result;
    });
  }

  /** Ends the database after what was asked of it before. */
  close(): Promise<void> {
    return this.#mutex.run(async () => {
      if (this.#failure) return;
      this.worker.ref();
      this.worker.postMessage("close");
      await once(this.worker, "message");
      await this.worker.terminate();
    });
  }

  #send: Query = (text, params = [], { rowMode = "object", parsers = {} } = {}) =>
    new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      const id = this.#next++;
      const asText = Object.keys(parsers).map(Number);
      // The thread keeps the process only while something is asked of it.
      if (this.#waiting.size === 0) this.worker.ref();
      this.#waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, text, params, rowMode, asText } satisfies Statement);
    });

  #settle(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (this.#waiting.size === 0) this.worker.unref();
    if ("result" in reply) waiting?.resolve(reply.result);
    else waiting?.reject(Object.assign(new Error(reply.error.message), { code: reply.error.code }));
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

const stopped = (cause?: unknown) =>
  new StudioError(
    "store-stopped",
    "The embedded vector store has stopped.",
    "Start the server again; the log has the reason.",
    {
      cause,
    },
  );
