import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  indexStatusSchema,
  reembedAnswerSchema,
  reembedRequestSchema,
  retrievalPaths,
  searchBodySchema,
  searchModelQuerySchema,
  searchModelSchema,
  searchQuerySchema,
  searchResponseSchema,
  type Collection as CollectionView,
} from "../../src/domain/api/index.ts";
import { whenGone } from "../http/gone.ts";
import { jobView } from "../ingest/jobView.ts";
import { noModel } from "../serving/catalog.ts";
import type { ModelSource } from "../serving/modelSource.ts";
import { describeSelection } from "../serving/selection.ts";
import type { Job } from "../vectors/index.ts";
import type { Studio } from "./container.ts";

const tags = ["Retrieval"];
/** 4,096 numbers of 25 characters fit, and the rest of a vector search. */
const VECTOR_BODY = 256 * 1024;

/** Search, and the state of the collections behind it. */
export const searchRoutes =
  ({ serving, registry, store, jobs, models, collections, search, traceUrl }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    app.get(
      retrievalPaths.search,
      {
        schema: {
          tags,
          operationId: "search",
          summary: "The best passages for a question",
          querystring: searchQuerySchema,
          response: { 200: searchResponseSchema },
        },
      },
      async (request, reply) => {
        reply.header("cache-control", "no-store");
        return search.run(request.query, request.id, whenGone(reply));
      },
    );

    app.post(
      retrievalPaths.search,
      {
        bodyLimit: VECTOR_BODY,
        config: { access: "read" },
        schema: {
          tags,
          operationId: "searchByBody",
          summary: "The best passages for a long question, or the nearest to a vector",
          body: searchBodySchema,
          response: { 200: searchResponseSchema },
        },
      },
      async (request, reply) => {
        reply.header("cache-control", "no-store");
        return search.run(request.body, request.id, whenGone(reply));
      },
    );

    app.get(
      retrievalPaths.searchModel,
      {
        schema: {
          tags,
          operationId: "getSearchModel",
          summary: "The model that must embed a question, and where its files are",
          querystring: searchModelQuerySchema,
          response: { 200: searchModelSchema },
        },
      },
      async ({ query }) => search.describe(query.model),
    );

    app.get(
      retrievalPaths.index,
      {
        schema: {
          tags,
          operationId: "getIndex",
          summary: "Collections and their models",
          response: { 200: indexStatusSchema },
        },
      },
      async () => {
        const selection = serving.current();
        const { fingerprint: production } = describeSelection(selection);
        if (!production) throw noModel();
        const [counts, rows] = [await store.counts(), await store.collections.list()];
        const building: Job | null = await jobs.rebuilding(production);
        const view = rows.map(({ id, status, kept, dimension, vectorType, nextVectorType }): CollectionView => {
          const vectors = counts.vectors[id] ?? 0;
          const model = id === production ? "production" : id === selection.base?.sha256 ? "baseline" : null;
          const complete = vectors >= counts.chunks;
          const state = status === "building" || (kept && !complete) ? "building" : complete ? "ready" : "stale";
          return {
            fingerprint: id,
            model,
            version: registry.byFingerprint(id)?.record.version ?? null,
            documents: counts.documents,
            chunks: vectors,
            dimension,
            vectorType,
            nextVectorType,
            state,
          };
        });
        return {
          documents: counts.documents,
          collections: view,
          active: rows.find(({ status }) => status === "active")?.id ?? null,
          production,
          job: building && (await jobView(jobs, building, traceUrl)),
        };
      },
    );

    app.post(
      retrievalPaths.reembed,
      {
        schema: {
          tags,
          operationId: "reembed",
          summary: "Build or complete a model's collection",
          body: reembedRequestSchema,
          response: { 202: reembedAnswerSchema },
        },
      },
      async (request, reply) => {
        const { source: current } = await models.ready();
        await collections.settled();
        const asked = request.body?.model;
        let source: ModelSource = current;
        if (asked === "baseline") source = models.catalog.baseline();
        else if (asked && asked !== "production") source = await models.catalog.version(asked);
        else if (
          !asked &&
          (await store.collections.active())?.id === current.fingerprint &&
          (await store.collections.complete(current.fingerprint))
        )
          source = models.catalog.baseline();
        const job = (await collections.request(source, request.id)) ?? (await collections.ended(source, request.id));
        return reply.code(202).send({ job: await jobView(jobs, job, traceUrl) });
      },
    );
  };
