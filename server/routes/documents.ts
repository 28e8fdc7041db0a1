import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { documentDetailSchema, documentListSchema, retrievalPaths } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import type { VectorStore } from "../vectors/index.ts";
import type { Studio } from "./container.ts";

const tags = ["Documents"];
const params = z.object({ id: z.string().min(1).max(200) });
const query = z.object({
  before: z.string().max(500).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

const absent = () =>
  new StudioError("not-found", "There is no such document.", "GET /api/documents lists what is stored.");

/** A place in the list: time of the last document and its id. */
const encodeCursor = (at: Date, id: string): string => Buffer.from(`${at.getTime()} ${id}`).toString("base64url");
const decodeCursor = (cursor: string): { updatedAt: Date; id: string } => {
  const [, time, id] = /^(\d{1,15}) ([^\0]+)$/.exec(Buffer.from(cursor, "base64url").toString("utf8")) ?? [];
  if (time && id && Number(time) < 8.64e15) return { updatedAt: new Date(Number(time)), id };
  throw new StudioError("cursor-invalid", "The place in the list is not one that was given.", "Start without before.");
};

/** A stored document as callers see it; null when there is none. */
export const documentDetail = async (store: VectorStore, id: string) => {
  const found = await store.getDocument(id);
  if (!found) return null;
  const { title, source, mediaType, text, chunks, updatedAt, metadata } = found;
  return { id, title: title || null, source, mediaType, text, chunks, ingestedAt: updatedAt.toISOString(), metadata };
};

/** What is stored: list, read, delete. */
export const documentRoutes =
  ({ log, store }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      retrievalPaths.documents,
      {
        schema: {
          tags,
          operationId: "listDocuments",
          summary: "Documents, newest first",
          querystring: query,
          response: { 200: documentListSchema },
        },
      },
      async ({ query: { before, limit } }) => {
        const rows = await store.listDocuments({ before: before ? decodeCursor(before) : null, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        return {
          documents: page.map(({ id, title, source, characters, chunks, updatedAt, metadata }) => ({
            id,
            title: title || null,
            source,
            characters,
            chunks,
            ingestedAt: updatedAt.toISOString(),
            metadata,
          })),
          total: await store.documentCount(),
          next: rows.length > limit && last ? encodeCursor(last.updatedAt, last.id) : null,
        };
      },
    );

    app.get(
      `${retrievalPaths.documents}/:id`,
      {
        schema: {
          tags,
          operationId: "getDocument",
          summary: "One document with its text",
          params,
          response: { 200: documentDetailSchema },
        },
      },
      async (request) => {
        const found = await documentDetail(store, request.params.id);
        if (!found) throw absent();
        return found;
      },
    );

    app.delete(
      `${retrievalPaths.documents}/:id`,
      {
        schema: {
          tags,
          operationId: "deleteDocument",
          summary: "Remove a document with its passages",
          params,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        if (!(await store.deleteDocument(request.params.id))) throw absent();
        log.info({ event: "document.deleted", correlation_id: request.id }, "document deleted");
        return reply.code(204).send(null);
      },
    );
  };
