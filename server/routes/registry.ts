import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  changeRequestSchema,
  changeResponseSchema,
  eventListSchema,
  eventQuerySchema,
  gateReportSchema,
  modelDetailSchema,
  modelListSchema,
  productionQuerySchema,
  productionSchema,
  promoteRequestSchema,
  versionSchema,
  type ChangeResponse,
  type GateReport,
  type RegistryEvent,
} from "../../src/domain/api/index.ts";
import { detailOf, listOf } from "../registry/views.ts";
import type { Core } from "./container.ts";

const tags = ["Models"];
const params = z.object({ version: versionSchema });
const ROOT = "/api/registry";

/** Versions, history, and what changes them. */
export const registryRoutes =
  ({ registry, gatekeeper, serving }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    const changed = async (event: RegistryEvent, gate: GateReport | null = null): Promise<ChangeResponse> => {
      // The answer comes when the choice of the serving model has followed.
      await serving.refresh();
      const { production, previous } = registry.lineage();
      return { event, production, previous, gate };
    };

    app.get(
      `${ROOT}/versions`,
      {
        schema: {
          tags,
          operationId: "listVersions",
          summary: "All versions, newest first",
          response: { 200: modelListSchema },
        },
      },
      async () => listOf(registry),
    );

    app.get(
      `${ROOT}/versions/:version`,
      {
        schema: {
          tags,
          operationId: "getVersion",
          summary: "One version with manifest, card and history",
          params,
          response: { 200: modelDetailSchema },
        },
      },
      async ({ params: { version } }) => detailOf(registry, registry.get(version)),
    );

    app.get(
      `${ROOT}/versions/:version/gate`,
      {
        schema: {
          tags,
          operationId: "getGate",
          summary: "Would this version pass the promotion gate now?",
          params,
          response: { 200: gateReportSchema },
        },
      },
      async ({ params: { version } }) =>
        gatekeeper(registry.get(version), registry.find(registry.lineage().production)),
    );

    app.post(
      `${ROOT}/versions/:version/promote`,
      {
        schema: {
          tags,
          operationId: "promoteVersion",
          summary: "Put a version into production, through the gate",
          params,
          body: promoteRequestSchema,
          response: { 200: changeResponseSchema },
        },
      },
      async ({ params: { version }, body, id }) => {
        const { event, gate } = await registry.promote(version, { ...body, correlationId: id }, gatekeeper);
        return changed(event, gate);
      },
    );

    app.post(
      `${ROOT}/rollback`,
      {
        schema: {
          tags,
          operationId: "rollBack",
          summary: "Return to what was in production before",
          body: changeRequestSchema,
          response: { 200: changeResponseSchema },
        },
      },
      async ({ body, id }) => changed(await registry.rollback({ ...body, correlationId: id })),
    );

    for (const action of ["archive", "restore"] as const)
      app.post(
        `${ROOT}/versions/:version/${action}`,
        {
          schema: {
            tags,
            operationId: `${action}Version`,
            summary: `${action === "archive" ? "Take out of sight" : "Bring back"} a version`,
            params,
            body: changeRequestSchema,
            response: { 200: changeResponseSchema },
          },
        },
        async ({ params: { version }, body, id }) =>
          changed(await registry[action](version, { ...body, correlationId: id })),
      );

    app.delete(
      `${ROOT}/versions/:version`,
      {
        schema: {
          tags,
          operationId: "deleteVersion",
          summary: "Delete a version's files; its history stays",
          params,
          body: changeRequestSchema,
          response: { 200: changeResponseSchema },
        },
      },
      async ({ params: { version }, body, id }) =>
        changed(await registry.remove(version, { ...body, correlationId: id })),
    );

    app.get(
      `${ROOT}/production`,
      {
        schema: {
          tags,
          operationId: "getProduction",
          summary: "What is, or was, in production at a moment",
          querystring: productionQuerySchema,
          response: { 200: productionSchema },
        },
      },
      async ({ query }) => {
        const at = query.at ? new Date(query.at) : new Date();
        const { production, since } = registry.lineageAt(at);
        const fingerprint = registry.events().findLast((event) => event.version === production)?.fingerprint ?? null;
        return { at: at.toISOString(), version: production, fingerprint, since: since?.at ?? null, event: since };
      },
    );

    app.get(
      `${ROOT}/events`,
      {
        schema: {
          tags,
          operationId: "listEvents",
          summary: "The registry's log, newest first",
          querystring: eventQuerySchema,
          response: { 200: eventListSchema },
        },
      },
      async ({ query: { before = Infinity, limit, version } }) => {
        const found = registry
          .events()
          .filter((event) => event.seq < before && (!version || event.version === version))
          .toReversed();
        const events = found.slice(0, limit);
        return { events, next: found.length > limit ? (events.at(-1)?.seq ?? null) : null };
      },
    );
  };
