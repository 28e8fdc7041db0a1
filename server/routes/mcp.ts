import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import {
  feedbackRequestSchema,
  metadataSchema,
  searchModeSchema,
  searchQuerySchema,
} from "../../src/domain/api/index.ts";
import { StudioError, toProblem } from "../../src/domain/errors.ts";
import { documentDetail } from "./documents.ts";
import { mayWrite } from "../http/security.ts";
import { VERSION } from "../lib/project.ts";
import type { Studio } from "./container.ts";

const searchInput = {
  query: z.string().trim().min(1).max(4000).describe("What to look for, in plain words."),
  k: z.int().min(1).max(50).default(5).describe("How many passages."),
  mode: searchModeSchema
    .optional()
    .describe(
      "hybrid (the default) uses meaning and words; dense meaning alone; keyword the words alone, for names and codes.",
    ),
  rerank: z
    .boolean()
    .optional()
    .describe(
      "Whether a reranker reads the first passages once more: slower, and often better. Without it, as the server is set up.",
    ),
  filter: z
    .record(z.string().min(1).max(64), z.union([z.string().min(1).max(1000), z.number(), z.boolean()]))
    .default({})
    .describe("Metadata that a document must carry; of a list, one item of it."),
};
const searchOutput = {
  /** How it was searched. */
  mode: searchModeSchema,
  /** Whether a reranker ordered them, and why or why not. */
  reranked: z.boolean(),
  rerankReason: z.string(),
  hits: z.array(
    z.object({
      documentId: z.string(),
      chunk: z.int(),
      score: z.number(),
      /** Places by meaning and by words; null where it is not among the first. */
      denseRank: z.int().nullable(),
      keywordRank: z.int().nullable(),
      /** The reranker's score and the place before it; null where it did not score the passage. */
      rerankScore: z.number().nullable(),
      rankBefore: z.int().nullable(),
      title: z.string().nullable(),
      source: z.string().nullable(),
      text: z.string(),
    }),
  ),
  /** Which model found them. */
  model: z.object({ base: z.string(), version: z.string().nullable(), fingerprint: z.string() }),
  /** For report_result; null where the server takes no feedback. */
  search_id: z.string().nullable(),
};
const reportInput = {
  search_id: z.string().min(1).max(300).describe("The search_id that the search answered with."),
  document_id: z.string().min(1).max(300).describe("The documentId of a hit."),
  chunk: z.int().min(0).optional().describe("The chunk of the hit; without it the document's best one."),
  judgement: z.enum(["good", "bad"]).describe("good: the passage answered the question. bad: it did not."),
};
const documentOutput = {
  id: z.string(),
  title: z.string().nullable(),
  source: z.string().nullable(),
  text: z.string(),
  metadata: metadataSchema,
};

const tokenNeeded = (): StudioError =>
  new StudioError(
    "unauthorized",
    "Only who has the server's token may report results.",
    "Connect with Authorization: Bearer and the value of STUDIO_TOKEN.",
  );

/** `/mcp`: the documents as tools for agents, over streamable HTTP without sessions. Every answer names its model. */
export const mcpRoutes =
  ({ config, log, search, store, feedback }: Studio): FastifyPluginAsyncZod =>
  async (app) => {
    const build = (correlationId: string, writes: boolean): McpServer => {
      const server = new McpServer({ name: "recall-studio", version: VERSION });
      server.registerTool(
        "search",
        {
          title: "Search documents",
          description:
            "Finds the best passages for a question, by the model in production and by the question's words.",
          inputSchema: searchInput,
          outputSchema: searchOutput,
          annotations: { readOnlyHint: true, openWorldHint: false },
        },
        async ({ query, k, mode: wanted, rerank, filter }) =>
          answer(async () => {
            const { mode, reranked, rerankReason, hits, embedder, search_id } = await search.run(
              searchQuerySchema.parse({
                q: query,
                k,
                mode: wanted,
                rerank: rerank === undefined ? undefined : String(rerank),
                filter: Object.entries(filter).map(([name, value]) => `${name}:${value}`),
              }),
              correlationId,
            );
            return {
              mode,
              reranked,
              rerankReason,
              hits: hits.map(({ documentId, chunk, score, dense, keyword, rerank: placed, title, source, text }) => ({
                documentId,
                chunk,
                score,
                denseRank: dense?.rank ?? null,
                keywordRank: keyword?.rank ?? null,
                rerankScore: placed?.score ?? null,
                rankBefore: placed?.before ?? null,
                title,
                source,
                text,
              })),
              model: { base: embedder.base, version: embedder.version, fingerprint: embedder.fingerprint },
              search_id,
            };
          }),
      );
      server.registerTool(
        "get_document",
        {
          title: "Read a document",
          description: "The whole text of a document that a search has found.",
          inputSchema: { id: z.string().min(1).max(200) },
          outputSchema: documentOutput,
          annotations: { readOnlyHint: true, openWorldHint: false },
        },
        async ({ id }) =>
          answer(async () => {
            const found = await documentDetail(store, id);
            if (!found) return null;
            const { title, source, text, metadata } = found;
            return { id, title, source, text, metadata };
          }),
      );
      server.registerTool(
        "report_result",
        {
          title: "Say whether a result helped",
          description:
            "Tells the server whether a passage that a search found answered the question. The search becomes better by it.",
          inputSchema: reportInput,
          outputSchema: { repeated: z.boolean() },
          annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
        },
        async ({ search_id, document_id, chunk, judgement }) =>
          answer(async () => {
            if (!writes) throw tokenNeeded();
            const chunk_id = chunk === undefined ? undefined : `${document_id}#${chunk}`;
            const said = feedbackRequestSchema.parse({ search_id, document_id, chunk_id, judgement, source: "agent" });
            const { repeated } = await feedback.take(said);
            return { repeated };
          }),
      );
      return server;
    };

    /** A tool's result in both forms; expected failures are results for the agent to read, not protocol errors. */
    const answer = async (work: () => Promise<Record<string, unknown> | null>) => {
      const failed = (text: string) => ({ isError: true, content: [{ type: "text" as const, text }] });
      try {
        const result = await work();
        if (!result) return failed("There is no such document.");
        return { structuredContent: result, content: [{ type: "text" as const, text: JSON.stringify(result) }] };
      } catch (thrown) {
        const { code, message, hint } = toProblem(thrown);
        if (code === "unexpected") {
          log.error({ event: "mcp.failed", err: thrown }, "an agent's tool call failed");
          return failed("The server failed at this call.");
        }
        return failed(`${message} ${hint}`);
      }
    };

    app.post(
      "/mcp",
      {
        bodyLimit: 256 * 1024,
        config: { access: "read", described: { answers: { 200: { "application/json": z.unknown() } } } },
        schema: {
          tags: ["Agents"],
          operationId: "callMcp",
          summary: "Model Context Protocol, streamable HTTP",
          body: z.unknown(),
        },
      },
      async (request, reply) => {
        const server = build(request.id, mayWrite(request, config));
        const transport = new StreamableHTTPServerTransport({
          sessionIdGenerator: undefined,
          enableJsonResponse: true,
        });
        reply.hijack();
        reply.raw.once("close", () => {
          void transport.close();
          void server.close();
        });
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) reply.raw.setHeader(name, value);
        try {
          await server.connect(transport);
          await transport.handleRequest(request.raw, reply.raw, request.body);
        } catch (thrown) {
          log.error({ event: "mcp.failed", err: thrown }, "an agent's request failed");
          if (!reply.raw.headersSent) reply.raw.writeHead(500).end();
        }
      },
    );

    // Without sessions there is nothing to listen to and nothing to end.
    app.route({
      method: ["GET", "DELETE"],
      url: "/mcp",
      schema: { hide: true },
      handler: async (_request, reply) =>
        reply
          .code(405)
          .header("allow", "POST")
          .send({ jsonrpc: "2.0", error: { code: -32000, message: "Method not allowed." }, id: null }),
    });
  };
