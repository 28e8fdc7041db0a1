import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { retryAfter } from "./deliver.ts";
import { type Delivery, Outbox, type Parcel } from "./outbox.ts";

/** Where a version stands, in Archon's words for a task. */
export type TaskStatus = "todo" | "doing" | "review" | "done";

interface Step {
  version: string;
  status: TaskStatus;
  fingerprint: string;
}

/**
 * Tracks each model version as an Archon task, through a queue on disk: `POST /api/tasks` the first time, then
 * `PUT /api/tasks/{id}`. Off unless configured; nothing here can fail the product.
 */
export class Archon {
  private readonly tasks = new Map<string, string>();
  private outbox!: Outbox;

  private constructor(
    private readonly config: NonNullable<Config["archon"]>,
    private readonly folder: string,
  ) {}

  static async open(
    config: NonNullable<Config["archon"]>,
    options: {
      dataDir: string;
      backoff?: { first: number; longest: number };
      onDrop: (items: number, reason: string) => void;
    },
  ): Promise<Archon> {
    const folder = join(options.dataDir, "outbox");
    const archon = new Archon(config, folder);
    await mkdir(folder, { recursive: true });
    const known = await readFile(archon.mapFile, "utf8").catch(() => "{}");
    for (const [version, id] of Object.entries(JSON.parse(known) as Record<string, string>))
      archon.tasks.set(version, id);
    archon.outbox = await Outbox.open({
      folder: join(folder, "archon"),
      maxBytes: 4 * 1024 * 1024,
      backoff: options.backoff,
      split: () => null,
      onDrop: options.onDrop,
      deliver: (parcel, signal) => archon.deliver(parcel.body as Step, signal),
    });
    return archon;
  }

  /** Notes where a version stands; resolves when that is safe on disk. */
  track(version: string, fingerprint: string, status: TaskStatus): Promise<void> {
    const body: Step = { version, fingerprint, status };
    return this.outbox.put({ path: "/api/tasks", method: "POST", body, items: 1 } satisfies Parcel);
  }

  status = () => this.outbox.status();
  drain = (milliseconds: number) => this.outbox.drain(milliseconds);
  close = () => this.outbox.close();

  private get mapFile(): string {
    return join(this.folder, "archon-tasks.json");
  }

  private async deliver(step: Step, signal: AbortSignal): Promise<Delivery> {
    try {
      const known = this.tasks.get(step.version);
      if (known)
        return outcome(
          await this.send("PUT", `/api/tasks/${encodeURIComponent(known)}`, { status: step.status }, signal),
        );
      const response = await this.send(
        "POST",
        "/api/tasks",
        {
          project_id: this.config.projectId,
          title: `Model ${step.version}`,
          description: `Fine-tuned embedding model, fingerprint ${step.fingerprint}`,
          feature: "embedding-model",
          status: step.status,
        },
        signal,
      );
      const result = outcome(response);
      if (result.kind !== "delivered") return result;
      const answer = (await response.json()) as { id?: unknown; task?: { id?: unknown } };
      const id = answer.task?.id ?? answer.id;
      if (typeof id !== "string" && typeof id !== "number") return { kind: "drop", error: "no-task-id" };
      this.tasks.set(step.version, String(id));
      await writeFile(`${this.mapFile}.part`, JSON.stringify(Object.fromEntries(this.tasks)));
      await rename(`${this.mapFile}.part`, this.mapFile);
      // A server may ignore the status of a new task; saying it again is harmless.
      return outcome(
        await this.send("PUT", `/api/tasks/${encodeURIComponent(String(id))}`, { status: step.status }, signal),
      );
    } catch {
      return { kind: "retry", afterMs: null, error: "unreachable" };
    }
  }

  private send(method: string, path: string, body: object, signal: AbortSignal): Promise<Response> {
    return fetch(`${this.config.url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
    });
  }
}

const outcome = (response: Response): Delivery => {
  if (response.ok) return { kind: "delivered" };
  const error = `http-${response.status}`;
  return response.status === 429 || response.status >= 500 || response.status === 408
    ? { kind: "retry", afterMs: retryAfter(response.headers.get("retry-after")), error }
    : { kind: "drop", error };
};
