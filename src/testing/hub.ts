/**
 * Node only: a server that speaks the hub's read protocol (HEAD, redirect to another address, ranges, entity
 * tags, commits, error codes, CORS) and can misbehave on demand.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sha256Hex } from "../domain/hashing.ts";

/** A file of the repository: bytes, or a source too large for memory. */
export type HubFile =
  | Uint8Array
  | { bytes: number; sha256: string; read(start: number, end: number): Promise<Uint8Array> };

export interface TestHubOptions {
  repo: string;
  commit: string;
  files: Record<string, HubFile>;
}

export interface TestHub {
  url: string;
  /** Every request, `GET path bytes=0-`, hub's and store's alike. */
  log: string[];
  files: Record<string, HubFile>;
  /** Bytes after which the next answers for a path are cut, one entry an answer. */
  cuts: Map<string, number[]>;
  /** Statuses that the next answers have, whatever is asked. */
  statuses: number[];
  /** Whether `Range` is honored. */
  ranges: boolean;
  close(): Promise<void>;
}

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "ETag, X-Repo-Commit, X-Linked-ETag, X-Linked-Size, X-Error-Code, Accept-Ranges, Content-Range, Retry-After",
};
const PIECE = 1024 * 1024;

export const startTestHub = async ({ repo, commit, files }: TestHubOptions): Promise<TestHub> => {
  const hub: Omit<TestHub, "url" | "close"> = {
    log: [],
    files: { ...files },
    cuts: new Map(),
    statuses: [],
    ranges: true,
  };
  const server = createServer((request, response) => {
    answer(hub, repo, commit, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return Object.assign(hub, { url, close });
};

const answer = async (
  hub: Omit<TestHub, "url" | "close">,
  repo: string,
  commit: string,
  request: IncomingMessage,
  response: ServerResponse,
) => {
  const path = decodeURIComponent(request.url!);
  const end = (status: number, headers: Record<string, string> = {}) =>
    response.writeHead(status, { ...CORS, ...headers }).end();
  hub.log.push([request.method, path, request.headers.range].filter(Boolean).join(" "));
  const status = hub.statuses.shift();
  if (status) return end(status);
  const stored = /^\/store\/(.+)$/.exec(path)?.[1];
  if (stored) return sendFile(hub, stored, request, response);
  const tree = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/?]+\?recursive=true$/.exec(path);
  if (tree && tree[1] === repo) return void response.writeHead(200, CORS).end(JSON.stringify(treeOf(hub.files)));
  const match = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
  if (!match || match[1] !== repo) return end(404, { "X-Error-Code": "RepoNotFound" });
  if (match[2] !== commit && match[2] !== "main") return end(404, { "X-Error-Code": "RevisionNotFound" });
  const name = match[3]!;
  const file = hub.files[name];
  if (!file) return end(404, { "X-Error-Code": "EntryNotFound" });
  const headers = { "X-Repo-Commit": commit };
  // Small files come from the hub itself, weights from a store behind a redirect.
  if (!name.endsWith(".safetensors")) return sendFile(hub, name, request, response, headers);
  return end(302, {
    ...headers,
    "X-Linked-ETag": `"${hashOf(file)}"`,
    "X-Linked-Size": String(sizeOf(file)),
    Location: `/store/${name}`,
  });
};

const treeOf = (files: Record<string, HubFile>) =>
  Object.entries(files).map(([path, file]) => ({ type: "file", path, size: sizeOf(file), lfs: { oid: hashOf(file) } }));

const sizeOf = (file: HubFile): number => (file instanceof Uint8Array ? file.length : file.bytes);
const hashOf = (file: HubFile): string => (file instanceof Uint8Array ? sha256Hex(file) : file.sha256);

const sendFile = async (
  hub: Omit<TestHub, "url" | "close">,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  extra: Record<string, string> = {},
): Promise<void> => {
  const file = hub.files[name]!;
  const size = sizeOf(file);
  const headers = { ...CORS, ...extra, ETag: `"${hashOf(file)}"`, "Accept-Ranges": "bytes" };
  const from = hub.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? NaN) : NaN;
  if (from >= size) return void response.writeHead(416, { ...headers, "Content-Range": `bytes */${size}` }).end();
  const start = Number.isNaN(from) ? 0 : from;
  const range: Record<string, string> = Number.isNaN(from)
    ? {}
    : { "Content-Range": `bytes ${start}-${size - 1}/${size}` };
  response.writeHead(Number.isNaN(from) ? 200 : 206, { ...headers, ...range, "Content-Length": String(size - start) });
  if (request.method === "HEAD") return void response.end();
  const cut = start + (hub.cuts.get(name)?.shift() ?? Infinity);
  for (let at = start; at < size; at += PIECE) {
    const stop = Math.min(size, at + PIECE, cut);
    await write(response, file instanceof Uint8Array ? file.subarray(at, stop) : await file.read(at, stop));
    if (stop === cut) return void response.destroy();
    if (response.destroyed) return;
  }
  response.end();
};

/** Waits until the bytes are with the system, so that a cut comes where it was asked for and memory stays flat. */
const write = (response: ServerResponse, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off("close", done);
      resolve();
    };
    response.once("close", done);
    response.write(bytes, done);
  });
