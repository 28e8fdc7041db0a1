import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "../config/config.ts";
import { replaceFile } from "../lib/durableFiles.ts";
import { Mutex } from "../lib/mutex.ts";
import { outcomeOf } from "./deliver.ts";
import { type Delivery, Outbox } from "./outbox.ts";

const STATUSES = ["todo", "doing", "review", "done"] as const;
/** Where a version stands, in Archon's words for a task. */
export type TaskStatus = (typeof STATUSES)[number];

interface Step {
  version: string;
  status: TaskStatus;
  fingerprint: string;
}

/** What is known of the tasks, over restarts: Archon's id once there is one, and the status that was queued last. */
const tasksSchema = z.record(
  z.string(),
  z.object({ id: z.string().nullable(), fingerprint: z.string(), status: z.enum(STATUSES) }),
);
type Tasks = z.infer<typeof tasksSchema>;

/**
 * Tracks each model version as an Archon task, through a queue on disk: `POST /api/tasks` the first time, then
 * `PUT /api/tasks/{id}`. Off unless configured; nothing here can fail the product.
 */
export class Archon {
  private tasks: Tasks = {};
  private readonly saving = new Mutex();
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
    archon.tasks = await readTasks(archon.file);
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

  /** Notes where a version stands; resolves when that is safe on disk. What was noted already is not sent again. */
  async track(version: string, fingerprint: string, status: TaskStatus): Promise<void> {
    const before = this.tasks[version];
    if (before?.status === status) return;
    this.tasks[version] = { id: before?.id ?? null, fingerprint, status };
    const body: Step = { version, fingerprint, status };
    await this.outbox.put({ path: "/api/tasks", method: "POST", body, items: 1 });
    await this.save();
  }

  /** What was noted last of a version; undefined when nothing ever was. */
  statusOf = (version: string): TaskStatus | undefined => this.tasks[version]?.status;
  status = () => this.outbox.status();
  drain = (milliseconds: number) => this.outbox.drain(milliseconds);
  async close(): Promise<void> {
    await this.outbox.close();
    await this.saving.settled();
  }

  private get file(): string {
    return join(this.folder, "archon-tasks.json");
  }

  private save(): Promise<void> {
    return this.saving.run(() => replaceFile(this.file, JSON.stringify(this.tasks)));
  }

  private async deliver({ version, fingerprint, status }: Step, signal: AbortSignal): Promise<Delivery> {
    try {
      const known = this.tasks[version]?.id ?? null;
      if (known) {
        const changed = await this.send("PUT", `/api/tasks/${encodeURIComponent(known)}`, { status }, signal);
        // Someone removed the task there: then it is made anew.
        if (changed.status !== 404) return outcomeOf(changed);
      }
      const made = await this.send(
        "POST",
        "/api/tasks",
        {
          project_id: this.config.projectId,
          title: `Model ${version}`,
          description: `Fine-tuned embedding model, fingerprint ${fingerprint}`,
          feature: "embedding-model",
          status,
        },
        signal,
      );
      const result = outcomeOf(made);
      if (result.kind !== "delivered") return result;
      const answer = (await made.json()) as { id?: unknown; task?: { id?: unknown } };
      const id = answer.task?.id ?? answer.id;
      if (typeof id !== "string" && typeof id !== "number") return { kind: "drop", error: "no-task-id" };
      this.tasks[version] = { ...(this.tasks[version] ?? { fingerprint, status }), id: String(id) };
      await this.save();
      // A server may ignore the status of a new task; saying it again is harmless.
      return outcomeOf(await this.send("PUT", `/api/tasks/${encodeURIComponent(String(id))}`, { status }, signal));
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

/** An unreadable file costs at most tasks made twice; it must not keep the server from starting. */
const readTasks = async (file: string): Promise<Tasks> => {
  try {
    return tasksSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return {};
  }
};
