import type { z } from "zod";
import type { ingestDocumentSchema } from "../../src/domain/api/index.ts";
import { mediaTypeOf } from "../../src/domain/documents/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { hasLoneSurrogate } from "../../src/domain/text/index.ts";
import { sha256 } from "../lib/hash.ts";
import type { Job, JobStore, NewItem } from "../vectors/index.ts";
import { INTAKE_LIMITS } from "./limits.ts";
import type { TextWork } from "./textWork.ts";

/** A document as a request brings it, checked. */
export type IngestDocument = z.output<typeof ingestDocumentSchema>;

/** Items are written to the database in pieces of this size while the request still arrives. */
const FLUSH_ITEMS = 100;
const FLUSH_CHARACTERS = 4_000_000;
const LEASE_SECONDS = 120;

/** A file's name as it may be shown and stored: without its path and without control characters. */
export const shownName = (name: string): string =>
  (name.split(/[\\/]/).at(-1) ?? "")
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, "")
    .trim()
    .slice(0, 200) || "unnamed";

/** Databases do not take half of a surrogate pair. */
const storable = (texts: (string | undefined)[]): boolean =>
  texts.every((text) => text === undefined || !hasLoneSurrogate(text));
const UNSTORABLE = new StudioError(
  "text-invalid",
  "The document holds broken Unicode: half of a surrogate pair.",
  "Repair its encoding and send the document again.",
);

/** The document without NUL characters, which no database takes and nobody sees. Written out as `\\u0000` they are text and stay. */
const withoutNul = (document: IngestDocument): IngestDocument =>
  JSON.stringify(document).includes("\\u0000")
    ? (JSON.parse(JSON.stringify(document), (_, value: unknown) =>
        typeof value === "string" ? value.replaceAll("\0", "") : value,
      ) as IngestDocument)
    : document;

/** What is known of a document that came as a file. */
interface FileFacts {
  mediaType: string;
  name: string | null;
  warnings: string[];
}

/** A request's documents on their way into a job. Nothing is done before `submit`; `discard` leaves nothing behind. */
export class IngestRequest {
  #items: NewItem[] = [];
  #characters = 0;
  #position = 0;
  #failed = 0;
  #unchanged = 0;
  #names: string[] = [];
  readonly #seen = new Map<string, string>();

  private constructor(
    private readonly jobs: JobStore,
    private readonly text: TextWork,
    readonly id: string,
  ) {}

  static async begin(
    jobs: JobStore,
    text: TextWork,
    job: { correlationId: string; traceparent: string | null; collectionId: string },
  ): Promise<IngestRequest> {
    return new IngestRequest(jobs, text, await jobs.create({ ...job, kind: "ingest" }, LEASE_SECONDS));
  }

  /** @throws StudioError `document-id-twice`, `too-many-documents` */
  async add(
    received: IngestDocument,
    { mediaType = "text/plain", name = null, warnings = [] }: Partial<FileFacts> = {},
  ): Promise<void> {
    const document = withoutNul(received);
    if (!storable([document.id, document.title, document.source, document.text, JSON.stringify(document.metadata)]))
      return this.fail(name ?? `document ${this.#position + 1}`, UNSTORABLE);
    const hash = sha256(document.text);
    const id = document.id ?? hash;
    const before = this.#seen.get(id);
    if (before === hash) {
      this.#unchanged += 1; // The same text twice in one request.
      this.#position += 1;
      return;
    }
    if (before !== undefined)
      throw new StudioError(
        "document-id-twice",
        `Documents ${this.#position + 1} and an earlier one have the same id and different texts.`,
        "Give every document its own id.",
      );
    this.#seen.set(id, hash);
    const { title = "", source = null, text, metadata } = document;
    await this.#put({
      documentId: id,
      name: name ?? (document.id ? document.id.slice(0, 200) : (title || id).slice(0, 200)),
      payload: { title, source, text, mediaType, metadata },
      ...(warnings.length > 0 && { warnings }),
    });
  }

  /** Reads a file; one that cannot be read becomes a failure of the job, and the others go on. */
  async addFile(bytes: Uint8Array, fileName: string, metadata: IngestDocument["metadata"]): Promise<void> {
    const name = shownName(fileName);
    try {
      mediaTypeOf(name);
      const { title, text, mediaType, warnings } = await this.text.extract(bytes, name);
      await this.add(
        { id: undefined, title: title ?? name, text, source: name, metadata },
        { mediaType, name, warnings },
      );
    } catch (thrown) {
      if (!(thrown instanceof StudioError)) throw thrown;
      await this.fail(name, thrown);
    }
  }

  async fail(name: string, problem: unknown): Promise<void> {
    this.#failed += 1;
    const documentId = `file-${this.#position + 1}-${sha256(name).slice(0, 16)}`;
    await this.#put({ documentId, name, payload: null, error: toProblem(problem) });
  }

  async submit(): Promise<Job> {
    if (this.#position === 0) {
      await this.discard();
      throw new StudioError("nothing-to-ingest", "The request holds no document.", "Send at least one document.");
    }
    await this.#flush();
    const [first = "document", ...more] = this.#names;
    const rest = this.#position - 1;
    return this.jobs.submit(this.id, {
      label: more.length > 0 || rest > 0 ? `${first} and ${rest} more` : first,
      total: this.#position,
      failed: this.#failed,
      unchanged: this.#unchanged,
    });
  }

  discard(): Promise<void> {
    return this.jobs.discard(this.id);
  }

  async #put(item: Omit<NewItem, "position">): Promise<void> {
    if (this.#position >= INTAKE_LIMITS.documents)
      throw new StudioError(
        "too-many-documents",
        `A request may hold ${INTAKE_LIMITS.documents.toLocaleString("en")} documents.`,
        "Send the rest in another request.",
      );
    this.#items.push({ ...item, position: this.#position });
    this.#position += 1;
    if (this.#names.length < 2 && item.name) this.#names.push(item.name.slice(0, 60));
    this.#characters += item.payload?.text.length ?? 0;
    if (this.#items.length >= FLUSH_ITEMS || this.#characters >= FLUSH_CHARACTERS) await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.jobs.items.add(this.id, this.#items, LEASE_SECONDS);
    this.#items = [];
    this.#characters = 0;
  }
}
