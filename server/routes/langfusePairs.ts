import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  langfuseDatasetsSchema,
  langfuseLineSchema,
  langfusePairsRequestSchema,
  langfusePaths,
  langfusePreviewRequestSchema,
  langfusePreviewSchema,
  langfuseScoresQuerySchema,
  langfuseScoresSchema,
  type LangfuseLine,
} from "../../src/domain/api/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { parseRules } from "../../src/domain/langfuse/rule.ts";
import { whenGone } from "../http/gone.ts";
import { LangfuseApi } from "../langfuse/api.ts";
import { listDatasets, listScores } from "../langfuse/choose.ts";
import { LangfuseForms } from "../langfuse/forms.ts";
import { judgedPages, previewPairs } from "../langfuse/pairs.ts";
import type { Studio } from "./container.ts";

const tags = ["Pairs"];
/** Names and lists of a project, and the texts in it, are given out with the token alone. */
const access = "token" as const;
const BODY = 64 * 1024;

/** Pairs from Langfuse, read with the server's own keys, which never leave it. */
export const langfusePairRoutes =
  ({ config, log }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    const api = config.langfuse && new LangfuseApi(config.langfuse);
    /** Made for each request: a Langfuse that was updated is asked in its new form. */
    const forms = (): LangfuseForms => {
      if (api) return new LangfuseForms(api);
      throw new StudioError(
        "langfuse-not-configured",
        "This server has no keys for Langfuse.",
        "Set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, and LANGFUSE_BASE_URL for a Langfuse of your own, then start it again.",
      );
    };

    app.get(
      langfusePaths.datasets,
      {
        config: { access },
        schema: {
          tags,
          operationId: "listLangfuseDatasets",
          summary: "Data sets of the Langfuse project",
          response: { 200: langfuseDatasetsSchema },
        },
      },
      async (_request, reply) => {
        reply.header("cache-control", "no-store");
        return listDatasets(forms(), whenGone(reply));
      },
    );

    app.get(
      langfusePaths.scores,
      {
        config: { access },
        schema: {
          tags,
          operationId: "listLangfuseScores",
          summary: "Scores of the Langfuse project by name",
          querystring: langfuseScoresQuerySchema,
          response: { 200: langfuseScoresSchema },
        },
      },
      async (request, reply) => {
        reply.header("cache-control", "no-store");
        return listScores(forms(), request.query, whenGone(reply));
      },
    );

    app.post(
      langfusePaths.preview,
      {
        bodyLimit: BODY,
        schema: {
          tags,
          operationId: "previewLangfusePairs",
          summary: "A look at judged retrievals, and which of their fields would be taken",
          body: langfusePreviewRequestSchema,
          response: { 200: langfusePreviewSchema },
        },
      },
      async (request, reply) => {
        const { source, mapping } = request.body;
        return previewPairs(forms(), source, mapping ?? null, whenGone(reply));
      },
    );

    app.post(
      langfusePaths.pairs,
      {
        bodyLimit: BODY,
        config: { described: { answers: { 200: { "application/x-ndjson": langfuseLineSchema } } } },
        schema: {
          tags,
          operationId: "readLangfusePairs",
          summary: "Everything that was judged, page by page, one JSON object a line",
          body: langfusePairsRequestSchema,
        },
      },
      async (request, reply) => {
        const { source, mapping, position } = request.body;
        if (source.kind === "score") parseRules(source.good, source.bad);
        const asked = forms();
        const signal = whenGone(reply);
        const lines = async function* (): AsyncGenerator<string> {
          const counts = { read: 0, judged: 0 };
          try {
            for await (const line of judgedPages(asked, source, mapping, { position: position ?? null, signal })) {
              if (line.type === "page") {
                counts.read += line.read;
                counts.judged += line.judged.length;
              }
              yield `${JSON.stringify(line)}\n`;
            }
            log.info(
              { event: "langfuse.read", ...counts, ...asked.answered, correlation_id: request.id },
              "pairs read",
            );
          } catch (thrown) {
            if (signal.aborted) return;
            const problem = toProblem(thrown);
            log.warn(
              { event: "langfuse.read", ...counts, code: problem.code, correlation_id: request.id },
              "pairs not read",
            );
            yield `${JSON.stringify({ type: "problem", problem } satisfies LangfuseLine)}\n`;
          }
        };
        reply.header("cache-control", "no-store");
        return reply.type("application/x-ndjson").send(Readable.from(lines()));
      },
    );
  };
