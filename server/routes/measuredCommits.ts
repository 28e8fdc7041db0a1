import type { CommitResponse, Upload } from "../../src/domain/api/index.ts";
import type { Logger } from "pino";
import { isProblem } from "../../src/domain/errors.ts";
import { IMPORT_TEST_FOLDER } from "../../src/domain/import/index.ts";
import { toProblemDetails } from "../http/problems.ts";
import type { PendingUpload } from "../registry/uploads.ts";

/** Results that are kept for whoever asks after them, more than uploads there may be; a registered upload itself is forgotten. */
const KEPT = 64;

interface Commit {
  view: (upload: PendingUpload) => Upload;
  commit: () => Promise<CommitResponse>;
  log: Pick<Logger, "error">;
  correlationId: string;
}

/** Commits that measure an import first: longer than a request may take, so they go on by themselves and are asked after. */
export class MeasuredCommits {
  readonly #under = new Map<string, NonNullable<Upload["measuring"]>>();
  readonly #ended = new Map<string, Upload>();

  /** Whether an upload holds a test that it is to be measured on. */
  static wants({ files }: PendingUpload): boolean {
    return [...files.keys()].some((path) => path.startsWith(IMPORT_TEST_FOLDER));
  }

  begin(upload: PendingUpload, { view, commit, log, correlationId }: Commit): void {
    const { id } = upload;
    const known = this.#under.get(id);
    if (known && !known.problem) return; // Asked again, perhaps since the answer was lost.
    for (const map of [this.#under, this.#ended]) for (const old of [...map.keys()].slice(0, -KEPT)) map.delete(old);
    this.#under.set(id, { progress: null, result: null, problem: null });
    const ended = (part: Partial<NonNullable<Upload["measuring"]>>): void => {
      this.#under.set(id, { progress: null, result: null, problem: null, ...part });
      if (!part.result) return;
      this.#ended.set(id, view(upload));
      this.#under.delete(id);
    };
    commit().then(
      (result) => ended({ result }),
      (thrown: unknown) => {
        // Messages of defects stay in the log: they may hold anything.
        const { code, message, hint } = toProblemDetails(thrown, correlationId);
        if (!isProblem(thrown))
          log.error({ event: "import.failed", err: thrown, correlation_id: correlationId }, "an import failed");
        ended({ problem: { code, message, hint } });
      },
    );
  }

  /** Of an upload that is still there. */
  of({ id, measured }: PendingUpload): Upload["measuring"] {
    const measuring = this.#under.get(id);
    return measuring ? { ...measuring, progress: measuring.result ? null : measured } : null;
  }

  /** The last word on an upload that was registered. */
  ended(id: string): Upload | null {
    return this.#ended.get(id) ?? null;
  }
}
