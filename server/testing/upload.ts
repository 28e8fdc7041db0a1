import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { apiPaths, type CommitResponse, type ModelVersion, type Upload } from "../../src/domain/api/index.ts";
import type { FolderFile } from "../../src/domain/artifact/index.ts";

export const digestOf = (bytes: Uint8Array): string =>
  `sha-256=:${createHash("sha256").update(bytes).digest("base64")}:`;

export const announce = async (app: FastifyInstance, files: { path: string; bytes: Uint8Array }[]): Promise<Upload> => {
  const payload = { by: "tester", files: files.map(({ path, bytes }) => ({ path, bytes: bytes.length })) };
  const response = await app.inject({ method: "POST", url: apiPaths.uploads, payload });
  if (response.statusCode !== 201) throw new Error(response.body);
  return response.json();
};

export const sendOne = (app: FastifyInstance, id: string, path: string, bytes: Uint8Array, digest = digestOf(bytes)) =>
  app.inject({
    method: "PUT",
    url: apiPaths.uploadFile(id, path),
    headers: { "content-type": "application/octet-stream", "content-digest": digest },
    payload: Buffer.from(bytes),
  });

/** Uploads and registers an artifact over HTTP. */
export const register = async (app: FastifyInstance, files: FolderFile[]): Promise<ModelVersion> => {
  const { id } = await announce(app, files);
  for (const { path, bytes } of files) {
    const sent = await sendOne(app, id, path, bytes);
    if (sent.statusCode !== 200) throw new Error(sent.body);
  }
  const response = await app.inject({ method: "POST", url: apiPaths.uploadCommit(id) });
  if (response.statusCode !== 201) throw new Error(response.body);
  return response.json<CommitResponse>().version;
};

export const promote = (app: FastifyInstance, version: string, body: Record<string, unknown> = {}) =>
  app.inject({ method: "POST", url: apiPaths.promote(version), payload: { by: "tester", reason: "test", ...body } });
