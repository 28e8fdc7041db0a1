import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { z } from "zod";
import { ingestDocumentSchema } from "../../src/domain/api/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { hasLoneSurrogate } from "../../src/domain/text/index.ts";
import type { Job, JobStore, NewItem } from "../vectors/index.ts";
import { mediaTypeOf } from "./extract.ts";
import type { TextWork } from "./textWork.ts";

type Document = z.output<typeof ingestDocumentSchema>;

export const INTAKE_LIMITS = {
  /** A JSON body. */
  jsonBytes: 32 * 1024 * 1024,
  /** One line of a stream, and the whole of it. */
  lineBytes: 8 * 1024 * 1024,
  streamBytes: 1024 * 1024 * 1024,
  documents: 100_000,
  /** Files of one upload. */
  files: 100,
  fileBytes: 25 * 1024 * 1024,
} as const;

/** Items are written to the database in pieces of this size while the request still arrives. */
const FLUSH_ITEMS = 100;
const FLUSH_CHARACTERS = 4_000_000;
const LEASE_SECONDS = 120;

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A file's name as it may be shown and stored: without its path and without control characters. */
export const shownName = (name: string): string =>
  (name.split(/[\\/]/).at(-1) ?? "")
    // eslint-disable-next-line no-control-regex -- control characters are what it takes out
    .replace(/[\u0000-\u001f\u007f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "")
    .trim()
    .slice(0, 200) || "unnamed";

/** Databases take neither NUL nor half of a surrogate pair. */
const storable = (texts: (string | undefined)[]): boolean =>
  texts.every(
    (text) => text === undefined || (!hasLoneSurrogate(text) && !text.includes("\0") && !text.includes("\\u0000")),
  );
const UNSTORABLE = new StudioError(
  "text-invalid",
  "The document holds NUL characters or broken Unicode.",
  "Remove them and send the document again.",
);

/** A request's documents on their way into a job. Nothing is done before `submit`; `discard` leaves nothing behind. */
export class Draft {
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
  ): Promise<Draft> {
    return new Draft(jobs, text, await jobs.create({ ...job, kind: "ingest" }, LEASE_SECONDS));
  }

  /** @throws StudioError `document-id-twice`, `too-many-documents` */
  async add(document: Document, mediaType = "text/plain", name: string | null = null): Promise<void> {
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
    });
  }

  /** Reads a file; one that can not be read becomes a failure of the job, and the others go on. */
  async addFile(bytes: Uint8Array, fileName: string, metadata: Document["metadata"]): Promise<void> {
    const name = shownName(fileName);
    try {
      mediaTypeOf(name);
      const { title, text, mediaType } = await this.text.extract(bytes, name);
      await this.add({ title: title ?? name, text, source: name, metadata }, mediaType, name);
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
    await this.jobs.addItems(this.id, this.#items, LEASE_SECONDS);
    this.#items = [];
    this.#characters = 0;
  }
}

/**
 * Documents of an NDJSON stream, one a line; blank lines are skipped. Reads as it arrives and holds one line at a time.
 * @throws StudioError `line-invalid` naming the line, `line-too-long`, `body-too-large`, `upload-stalled`
 */
export async function* ndjsonDocuments(stream: Readable): AsyncGenerator<Document> {
  let rest: Buffer[] = [];
  let held = 0;
  let total = 0;
  let line = 0;
  const parse = (bytes: Buffer): Document | null => {
    line += 1;
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
    } catch {
      throw lineInvalid(line, "it is not UTF-8");
    }
    if (text === "") return null;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw lineInvalid(line, "it is not JSON");
    }
    const parsed = ingestDocumentSchema.safeParse(json);
    if (parsed.success) return parsed.data;
    const fields = [
      ...new Set(parsed.error.issues.map((issue) => issue.path.map(String).join(".") || "the whole line")),
    ];
    throw lineInvalid(line, `wrong in ${fields.slice(0, 5).join(", ")}`);
  };
  for await (const piece of stream as AsyncIterable<Buffer>) {
    total += piece.length;
    if (total > INTAKE_LIMITS.streamBytes)
      throw new StudioError("upload-too-large", "The stream is larger than 1 GB.", "Send it in parts.");
    let at = 0;
    for (let end = piece.indexOf(10, at); end >= 0; end = piece.indexOf(10, at)) {
      const document = parse(Buffer.concat([...rest, piece.subarray(at, end)]));
      rest = [];
      held = 0;
      at = end + 1;
      if (document) yield document;
    }
    if (at < piece.length) {
      rest.push(piece.subarray(at));
      held += piece.length - at;
    }
    if (held > INTAKE_LIMITS.lineBytes)
      throw new StudioError("line-too-long", `Line ${line + 1} is longer than 8 MB.`, "Split the document.");
  }
  const document = held > 0 ? parse(Buffer.concat(rest)) : null;
  if (document) yield document;
}

const lineInvalid = (line: number, what: string) =>
  new StudioError(
    "line-invalid",
    `Line ${line} can not be taken: ${what}.`,
    'Each line is one JSON object: {"text": "…", "id": "…", "title": "…", "metadata": {}}. Nothing of the request was taken.',
  );
