import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  exportIdSchema,
  exportListSchema,
  exportRequestSchema,
  versionExportSchema,
  versionSchema,
} from "../../src/domain/api/index.ts";
import type { Core } from "./container.ts";

const tags = ["Models"];
const ROOT = "/api/registry/versions/:version/exports";
const params = z.object({ version: versionSchema });
const oneParams = params.extend({ id: exportIdSchema });

/** Versions in the forms that other runtimes load: made by jobs, then files of the hub protocol. */
export const exportRoutes =
  ({ exports }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      ROOT,
      {
        schema: {
          tags,
          operationId: "listExports",
          summary: "Forms of a version for other runtimes: those that are there, and those being made",
          params,
          response: { 200: exportListSchema },
        },
      },
      async ({ params: { version } }) => ({ exports: exports.list(version) }),
    );

    app.post(
      ROOT,
      {
        schema: {
          tags,
          operationId: "startExport",
          summary: "Have a form made; the same again gives the one that is there (200) or under way (202)",
          params,
          body: exportRequestSchema,
          response: { 200: versionExportSchema, 202: versionExportSchema },
        },
      },
      async ({ params: { version }, body: { form, dtype } }, reply) => {
        const found = (await exports.start(version, form, dtype)).export;
        return reply.code(found.state === "ready" ? 200 : 202).send(found);
      },
    );

    app.get(
      `${ROOT}/:id`,
      {
        schema: {
          tags,
          operationId: "getExport",
          summary: "One form with its progress, and its files when it is ready",
          params: oneParams,
          response: { 200: versionExportSchema },
        },
      },
      async ({ params: { version, id } }) => exports.get(version, id),
    );

    app.delete(
      `${ROOT}/:id`,
      {
        schema: {
          tags,
          operationId: "deleteExport",
          summary: "Stop a form that is being made, or remove one that is there",
          params: oneParams,
          response: { 204: z.null() },
        },
      },
      async ({ params: { version, id } }, reply) => {
        await exports.remove(version, id);
        return reply.code(204).send(null);
      },
    );
  };
