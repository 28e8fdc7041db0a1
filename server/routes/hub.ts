import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemDetailsSchema } from "../../src/domain/api/index.ts";
import { StudioError } from "../../src/domain/errors.ts";
import { problemHandler } from "../http/problems.ts";
import { preflight } from "../http/preflight.ts";
import { FILE, sendFile } from "../http/sendFile.ts";
import { commitEntry, modelInfo, pathsInfo, treeOf } from "../hub/listing.ts";
import { hubForms } from "../hub/forms.ts";
import { HubError, Repositories } from "../hub/repositories.ts";
import { stat } from "node:fs/promises";
import type { Core } from "./container.ts";

const tags = ["Hub protocol"];
const bool = z
  .enum(["true", "false", "True", "False", "1", "0"])
  .optional()
  .transform((value) => ["true", "True", "1"].includes(value ?? ""));
const treeQuery = z.object({
  recursive: bool,
  expand: bool,
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
  cursor: z.string().max(300).optional(),
});
const commitsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  p: z.coerce.number().int().min(0).max(1_000_000).default(0),
});
const pathsBody = z.object({
  paths: z.union([z.string(), z.array(z.string()).max(1000)]),
  expand: z.union([z.boolean(), bool]).optional(),
});

interface RepoParams {
  org?: string;
  name: string;
}
const repoIn = ({ org, name }: RepoParams): string => (org === undefined ? name : `${org}/${name}`);
/** What `/docs` says of an answer, and of the hub's refusals beside our own. */
const answering = (schema: z.ZodType) => ({ described: { answers: { 200: { "application/json": schema } } } });
const REFUSALS = { "application/json": hubForms.refusal, "application/problem+json": problemDetailsSchema };
const repoParams = { org: z.string().optional(), name: z.string() };

/** The Hugging Face hub's read protocol over registered versions and local bases. */
export const hubRoutes =
  ({ registry, bases, onnx, exports }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    const repositories = new Repositories(registry, bases, onnx, exports);

    // Every address of the hub protocol is a public file, or tells of some.
    app.addHook("onRoute", (route) => {
      const described = { ...route.config?.described, refusals: REFUSALS };
      route.config = { ...route.config, openFiles: true, described };
      // Bases answer to their plain names too; /docs names each address once.
      if (/^(\/api\/models)?\/:name/.test(route.url)) route.schema = { ...route.schema, hide: true };
    });
    // Python's client sends paths-info as a form.
    app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
      const form = new URLSearchParams(String(body));
      done(null, { paths: form.getAll("paths"), expand: form.get("expand") ?? undefined });
    });
    app.setErrorHandler((thrown, request, reply) =>
      thrown instanceof HubError ? sendHubError(thrown, reply) : problemHandler(thrown, request, reply),
    );

    const resolve = async (request: FastifyRequest, reply: FastifyReply) => {
      const { rev, "*": path, ...repo } = request.params as RepoParams & { rev: string; "*": string };
      const revision = await repositories.revision(repoIn(repo), rev);
      const file = [...revision.files, ...revision.unlisted].find((candidate) => candidate.path === path);
      if (!file) throw new HubError("EntryNotFound", `${revision.repo} has no file ${path}.`, revision.commit);
      const found = await stat(file.absolute).catch(() => null);
      if (found?.size !== file.bytes)
        throw new StudioError("version-damaged", `${path} is not as it was registered.`, "Upload the artifact again.");
      reply.headers({
        "x-repo-commit": revision.commit,
        "x-linked-size": String(file.bytes),
        "x-linked-etag": `"${file.sha256}"`,
      });
      return sendFile(request, reply, { ...file, etag: file.sha256 });
    };

    // Repositories are `org/name`, and plain `name` for bases, as the hub has it.
    for (const prefix of ["/:org/:name", "/:name"]) {
      // `raw` is the hub's way to read a file past its storage pointers, of which there are none here.
      for (const files of [`${prefix}/resolve/:rev/*`, `${prefix}/raw/:rev/*`]) {
        const schema = { tags, params: z.object({ ...repoParams, rev: z.string(), "*": z.string() }) };
        app.route({
          method: ["GET", "HEAD"],
          url: files,
          config: { rateLimit: false, described: FILE },
          schema: {
            ...schema,
            operationId: files.includes("/raw/") ? "getRawFile" : "getFile",
            summary: "A file of a revision; takes byte ranges",
          },
          handler: resolve,
        });
        preflight(app, files);
      }

      const api = `/api/models${prefix}`;
      const info = async (request: FastifyRequest) => {
        const { rev = "main", ...repo } = request.params as RepoParams & { rev?: string };
        return modelInfo(await repositories.revision(repoIn(repo), rev));
      };
      app.get(
        api,
        {
          config: answering(hubForms.repository),
          schema: { tags, operationId: "getRepository", summary: "A repository at main", params: z.object(repoParams) },
        },
        info,
      );
      app.get(
        `${api}/revision/:rev`,
        {
          config: answering(hubForms.repository),
          schema: {
            tags,
            operationId: "getRevision",
            summary: "A repository at a revision",
            params: z.object({ ...repoParams, rev: z.string() }),
          },
        },
        info,
      );
      app.get(
        `${api}/refs`,
        {
          config: answering(hubForms.refs),
          schema: { tags, operationId: "listRefs", summary: "Names of the revisions", params: z.object(repoParams) },
        },
        async ({ params }) => ({
          ...(await repositories.refs(repoIn(params))),
          converts: [],
        }),
      );

      app.get(
        `${api}/commits/:rev`,
        {
          config: answering(hubForms.commits),
          schema: {
            tags,
            operationId: "listCommits",
            summary: "History of a revision, newest first",
            params: z.object({ ...repoParams, rev: z.string() }),
            querystring: commitsQuery,
          },
        },
        async (request, reply) => {
          const { rev, ...repo } = request.params;
          const { limit, p: page } = request.query;
          const all = await repositories.commits(repoIn(repo), rev);
          const end = (page + 1) * limit;
          reply.header("x-total-count", all.length);
          if (end < all.length) reply.header("link", `<${nextPage(request, "p", String(page + 1))}>; rel="next"`);
          return all.slice(page * limit, end).map(commitEntry);
        },
      );

      for (const url of [`${api}/tree/:rev`, `${api}/tree/:rev/*`])
        app.get(
          url,
          {
            config: answering(hubForms.entries),
            schema: {
              tags,
              operationId: url.endsWith("*") ? "listFolder" : "listFiles",
              summary: "Files of a revision",
              params: z.object({ ...repoParams, rev: z.string(), "*": z.string().optional() }),
              querystring: treeQuery,
            },
          },
          async (request, reply) => {
            const { rev, "*": folder = "", ...repo } = request.params;
            const { limit, cursor, ...form } = request.query;
            const revision = await repositories.revision(repoIn(repo), rev);
            const entries = treeOf(revision, folder.replace(/\/$/, ""), form);
            if (!entries)
              throw new HubError("EntryNotFound", `${revision.repo} has no folder ${folder}.`, revision.commit);
            const rest = cursor === undefined ? entries : entries.filter((entry) => entry.path > cursor);
            const page = rest.slice(0, limit);
            if (rest.length > page.length)
              reply.header("link", `<${nextPage(request, "cursor", page.at(-1)?.path ?? "")}>; rel="next"`);
            return page;
          },
        );

      app.post(
        `${api}/paths-info/:rev`,
        {
          config: { access: "read", ...answering(hubForms.entries) },
          schema: {
            tags,
            operationId: "getPathsInfo",
            summary: "Facts about given paths",
            params: z.object({ ...repoParams, rev: z.string() }),
            body: pathsBody,
          },
        },
        async ({ params: { rev, ...repo }, body: { paths, expand = false } }) =>
          pathsInfo(
            await repositories.revision(repoIn(repo), rev),
            typeof paths === "string" ? [paths] : paths,
            expand,
          ),
      );
      preflight(app, `${api}/*`);
    }
  };

const nextPage = (request: FastifyRequest, parameter: "cursor" | "p", value: string): string => {
  const url = new URL(request.url, `${request.protocol}://${request.headers.host}`);
  url.searchParams.set(parameter, value);
  return url.href;
};

const sendHubError = ({ code, message, commit }: HubError, reply: FastifyReply): FastifyReply => {
  reply.headers({ "x-error-code": code, "x-error-message": message.replace(/[^\x20-\x7e]/g, "?") });
  if (commit) reply.header("x-repo-commit", commit);
  return reply.code(404).send({ error: message });
};
