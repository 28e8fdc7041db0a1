// Our own because the hub's clients need what `@fastify/send` does not give: a strong validator that is the file's SHA-256
// (its own are weak, made of size and time, and take no other), and the whole file for a suffix longer than it (there a 416).
import { createReadStream } from "node:fs";
import { basename, extname } from "node:path/posix";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

export interface FileToSend {
  absolute: string;
  bytes: number;
  /** Strong validator without quotes: the file's SHA-256. */
  etag: string;
  path: string;
}

const bytes = { "application/octet-stream": z.file(), "application/json": z.unknown(), "text/plain": z.string() };
/** What `/docs` says of a route that answers with {@link sendFile}. */
export const FILE = { answers: { 200: bytes, 206: bytes } };

const TYPES: Record<string, string> = {
  json: "application/json; charset=utf-8",
  md: "text/plain; charset=utf-8",
  txt: "text/plain; charset=utf-8",
};

/**
 * Answers GET and HEAD for a file as RFC 9110 says: strong ETag, `If-None-Match`, one byte range with `If-Range`,
 * 206 and 416 with `Content-Range`, exact `Content-Length`, never compressed (hub clients compare sizes).
 */
export const sendFile = (request: FastifyRequest, reply: FastifyReply, file: FileToSend): FastifyReply => {
  const etag = `"${file.etag}"`;
  const extension = extname(file.path).slice(1);
  reply.headers({
    etag,
    "accept-ranges": "bytes",
    "cache-control": "no-cache",
    "content-type": TYPES[extension] ?? "application/octet-stream",
    // Model cards are other people's HTML to a browser; they are read, not run.
    "content-disposition": `inline; filename="${basename(file.path)}"`,
  });
  const { "if-none-match": known, "if-range": condition } = request.headers;
  if (known && (known.trim() === "*" || known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)))
    return reply.code(304).send();

  const asked = !condition || condition === etag ? request.headers.range : undefined;
  const range = parseRange(asked, file.bytes);
  if (range === "unsatisfiable")
    return reply.code(416).header("content-range", `bytes */${file.bytes}`).header("content-length", 0).send();
  const [start, end] = range ?? [0, file.bytes - 1];
  if (range) reply.code(206).header("content-range", `bytes ${start}-${end}/${file.bytes}`);
  reply.header("content-length", end - start + 1);
  if (request.method === "HEAD" || file.bytes === 0) return reply.send();
  return reply.send(createReadStream(file.absolute, { start, end }));
};

/** First and last byte; undefined when the whole file is asked for (no header, another unit, several ranges). */
const parseRange = (header: string | undefined, bytes: number): [number, number] | "unsatisfiable" | undefined => {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "");
  if (!match || (match[1] === "" && match[2] === "")) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "") {
    const suffix = Math.min(Number(last), bytes);
    return suffix === 0 ? "unsatisfiable" : [bytes - suffix, bytes - 1];
  }
  const start = Number(first);
  const end = last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (last !== "" && Number(last) < start) return undefined; // Not a range at all; RFC 9110 says to ignore it.
  return start >= bytes ? "unsatisfiable" : [start, end];
};
