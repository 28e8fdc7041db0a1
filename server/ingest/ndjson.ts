import type { Readable } from "node:stream";
import { ingestDocumentSchema } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { invalidFields } from "../lib/invalidFields.ts";
import type { IngestDocument } from "./ingestRequest.ts";
import { INTAKE_LIMITS } from "./limits.ts";

/**
 * Documents of an NDJSON stream, one a line; blank lines are skipped. Reads as it arrives and holds one line at a time.
 * @throws StudioError `line-invalid` naming the line, `line-too-long`, `body-too-large`, `upload-stalled`
 */
export async function* ndjsonDocuments(stream: Readable): AsyncGenerator<IngestDocument> {
  let rest: Buffer[] = [];
  let held = 0;
  let total = 0;
  let line = 0;
  const parse = (bytes: Buffer): IngestDocument | null => {
    line += 1;
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
    } catch {
      throw lineInvalid(line, "it is not UTF-8.");
    }
    if (text === "") return null;
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      throw lineInvalid(line, "it is not JSON.");
    }
    const parsed = ingestDocumentSchema.safeParse(json);
    if (parsed.success) return parsed.data;
    throw lineInvalid(line, invalidFields(parsed.error, "the whole line"));
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
    `Line ${line} cannot be taken: ${what}`,
    'Each line is one JSON object: {"text": "…", "id": "…", "title": "…", "metadata": {}}. Nothing of the request was taken.',
  );
