import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HealthCheck } from "../../src/domain/api/index.ts";
import type { Config } from "../config/config.ts";
import { replaceFile } from "../lib/durableFiles.ts";
import { Mutex } from "../lib/mutex.ts";
import { retryAfter } from "../../src/domain/retryAfter.ts";
import { ask, parsed, UNREACHABLE, type Upstream } from "./deliver.ts";
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

/** The server answers, but has no tasks: another release than the archived v1, or no Archon at all. */
const NO_TASK_API = "no-task-api";

/** What v1 answers to a new task. */
const madeSchema = z.object({ task: z.object({ id: z.union([z.string(), z.number()]) }) });

/**
 * Tracks each model version as a task of Archon v1 (its branch `archive/v1-task-management-rag`; later releases have no
 * tasks), through a queue on disk: `POST /api/tasks` the first time, then `PUT /api/tasks/{id}`. Nothing is given up for an
 * answer of Archon's, whatever it is. Off unless configured; nothing here can fail the product.
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
    const upstream = { baseUrl: config.url, headers: {}, timeoutMs: 15_000 };
    archon.outbox = await Outbox.open({
      folder: join(folder, "archon"),
      maxBytes: 4 * 1024 * 1024,
      backoff: options.backoff,
      split: () => null,
      onDrop: options.onDrop,
      deliver: (parcel, signal) => archon.deliver(parcel.body as Step, upstream, signal),
    });
    // What was noted without a task, and is not on its way any more, is to be told again.
    if (archon.outbox.status().queued === 0)
      archon.tasks = Object.fromEntries(Object.entries(archon.tasks).filter(([, { id }]) => id !== null));
    return archon;
  }

  /** Whether Archon takes what it is told, for `/health`. */
  health(): HealthCheck {
    const { queued, lastError } = this.outbox.status();
    if (lastError?.code === NO_TASK_API)
      return {
        status: "degraded",
        message:
          "The server at ARCHON_URL has no /api/tasks: it must be Archon v1 (branch archive/v1-task-management-rag). " +
          `${queued} changes wait; point ARCHON_URL there, or unset it.`,
      };
    if (lastError) return { status: "ok", message: `Archon does not take tasks (${lastError.code}); ${queued} wait.` };
    return { status: "ok", message: "Archon is told of every version." };
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

  private async deliver(
    { version, fingerprint, status }: Step,
    archon: Upstream,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const say = (id: string) => ask(archon, { path: pathOf(id), method: "PUT", body: { status } }, signal);
    const known = this.tasks[version]?.id ?? null;
    if (known) {
      const changed = await say(known);
      // A deleted task is archived there and still takes changes; 404 is one whose project is gone. Then it is made anew.
      if (changed?.response.status !== 404) return outcomeOf(changed);
    }
    const body = {
      project_id: this.config.projectId,
      title: `Model ${version}`,
      description: `Fine-tuned embedding model, fingerprint ${fingerprint}`,
      feature: "embedding-model",
    };
    const made = await ask(archon, { path: "/api/tasks", method: "POST", body }, signal);
    if (!made?.response.ok) return outcomeOf(made);
    const task = parsed(madeSchema, made.text)?.task;
    if (!task) return { kind: "retry", afterMs: null, error: NO_TASK_API };
    const id = String(task.id);
    this.tasks[version] = { ...(this.tasks[version] ?? { fingerprint, status }), id };
    await this.save();
    // v1 makes every task as `todo`.
    return status === "todo" ? { kind: "delivered" } : outcomeOf(await say(id));
  }
}

const pathOf = (id: string): string => `/api/tasks/${encodeURIComponent(id)}`;

/** v1 answers 400 to a new task while its database is away: nothing but success ends a step. */
const outcomeOf = (answer: { response: Response } | null): Delivery => {
  if (!answer) return UNREACHABLE;
  const { status, ok, headers } = answer.response;
  if (ok) return { kind: "delivered" };
  const error = status === 404 || status === 405 ? NO_TASK_API : `http-${status}`;
  return { kind: "retry", afterMs: retryAfter(headers.get("retry-after")), error };
};

/** An unreadable file costs at most tasks made twice; it must not keep the server from starting. */
const readTasks = async (file: string): Promise<Tasks> => {
  try {
    return tasksSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return {};
  }
};
