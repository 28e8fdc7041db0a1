import { readFile } from "node:fs/promises";
import { z } from "zod";
import { replaceFile } from "../lib/durableFiles.ts";
import { retry, TransientFailure } from "../lib/retry.ts";
import { ask, outcomeOf, parsed, type Upstream } from "./deliver.ts";

const PROJECTS_PATH = "/api/public/projects";
const answerSchema = z.object({ data: z.array(z.object({ id: z.string().regex(/^[\w-]{1,128}$/) })).min(1) });
const keptSchema = z.object({ baseUrl: z.string(), publicKey: z.string(), id: z.string() });

/**
 * Where a person opens a trace: in the project of the keys, which Langfuse is asked for once and which is kept on disk. A
 * server that does not tell (404) leads from `/trace/<id>` to the project by itself, which version 4 no longer does.
 */
export class ProjectLinks {
  /** Undefined until it is known; null when the server does not tell. */
  private project: string | null | undefined;
  private readonly stopping = new AbortController();
  private asking: Promise<void> = Promise.resolve();

  private constructor(
    private readonly upstream: Upstream,
    private readonly kept: { file: string; publicKey: string },
  ) {}

  static async open(
    upstream: Upstream,
    kept: { file: string; publicKey: string },
    backoff: { first: number; longest: number },
  ): Promise<ProjectLinks> {
    const links = new ProjectLinks(upstream, kept);
    links.project = await links.read();
    const { signal } = links.stopping;
    if (links.project === undefined)
      links.asking = retry(() => links.ask(), { ...backoff, signal }).catch((thrown: unknown) => {
        if (!signal.aborted) throw thrown;
      });
    return links;
  }

  /** Null until Langfuse has answered for the first time. */
  traceUrl(traceId: string): string | null {
    if (this.project === undefined) return null;
    const path = this.project === null ? `trace/${traceId}` : `project/${this.project}/traces/${traceId}`;
    return `${this.upstream.baseUrl}/${path}`;
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.asking;
  }

  /** @throws TransientFailure while there is no answer */
  private async ask(): Promise<void> {
    const answer = await ask(this.upstream, { path: PROJECTS_PATH, method: "GET" }, this.stopping.signal);
    if (!answer) throw new TransientFailure("unreachable");
    const outcome = outcomeOf(answer.response);
    if (outcome.kind === "retry") throw new TransientFailure(outcome.error, outcome.afterMs);
    const [project] = (answer.response.ok && parsed(answerSchema, answer.text)?.data) || [];
    this.project = project?.id ?? null;
    if (project) await this.write(project.id);
  }

  private async read(): Promise<string | undefined> {
    const text = await readFile(this.kept.file, "utf8").catch(() => "");
    const kept = parsed(keptSchema, text);
    return kept?.baseUrl === this.upstream.baseUrl && kept.publicKey === this.kept.publicKey ? kept.id : undefined;
  }

  /** A disk that refuses costs one more question at the next start. */
  private async write(id: string): Promise<void> {
    const { file, publicKey } = this.kept;
    const kept: z.infer<typeof keptSchema> = { baseUrl: this.upstream.baseUrl, publicKey, id };
    await replaceFile(file, JSON.stringify(kept)).catch(() => {});
  }
}
