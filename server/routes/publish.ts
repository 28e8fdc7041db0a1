import { join } from "node:path";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { publishedSchema, publishRequestSchema, versionSchema } from "../../src/domain/api/index.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/domain/artifact/index.ts";
import { fromProblem, StudioError } from "../../src/domain/errors.ts";
import { readPlain } from "../lib/plainFile.ts";
import { Secret } from "../lib/secret.ts";
import { publish } from "../publish/publish.ts";
import type { Core } from "./container.ts";

/** A version's artifact to the Hugging Face hub, as it was uploaded: what this server added to it stays here. */
export const publishRoutes =
  ({ config, registry, log }: Core): FastifyPluginAsyncZod =>
  async (app) => {
    app.post(
      "/api/registry/versions/:version/publish",
      {
        schema: {
          tags: ["Models"],
          operationId: "publishVersion",
          summary: "Upload a version to a repository of the Hugging Face hub, in one commit",
          params: z.object({ version: versionSchema }),
          body: publishRequestSchema,
          response: { 200: publishedSchema },
        },
      },
      async ({ params: { version }, body }) => {
        const token = body.token ? new Secret(body.token) : config.hub.token;
        if (!token)
          throw new StudioError(
            "hub-token-missing",
            "There is no token for the hub.",
            "Give one with write access, or set HF_TOKEN on the server.",
          );
        const { directory, record } = registry.get(version);
        const damage = await registry.inspect(version, true);
        if (damage) throw fromProblem(damage);
        const manifest = parseManifest(await readPlain(join(directory, MANIFEST_PATH)));
        const files = [...manifest.files.map(({ path }) => path), MANIFEST_PATH];
        const published = await publish({
          repo: body.repo,
          isPrivate: body.private,
          files: files.map((path) => ({ path, absolute: join(directory, path) })),
          title: `${record.name} ${version}`,
          token,
          hubUrl: config.hub.url,
        });
        log.info({ event: "model.published", version, repo: body.repo, commit: published.commit }, "model published");
        return { ...published, files: files.length };
      },
    );
  };
