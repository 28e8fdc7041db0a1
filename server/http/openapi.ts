import { STATUS_CODES } from "node:http";
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemDetailsSchema } from "../../src/domain/api/index.ts";
import { VERSION } from "../lib/project.ts";

type ByMediaType = Record<string, z.ZodType>;

declare module "fastify" {
  interface FastifyContextConfig {
    /** What the description at `/docs` says of bodies that are no JSON checked by the route's schema. */
    described?: {
      body?: ByMediaType;
      headers?: z.ZodObject;
      answers?: Record<number, ByMediaType>;
      /** The form of refusals, where it is not that of problem details. */
      refusals?: ByMediaType;
    };
  }
}

type Transform = NonNullable<FastifyDynamicSwaggerOptions["transform"]>;
type TransformInput = Parameters<Transform>[0];
type Content = Record<string, { schema: unknown }>;

const PROBLEM: ByMediaType = { "application/problem+json": problemDetailsSchema };
const READING = ["GET", "HEAD", "OPTIONS"];
/** A wildcard's name in the description: OpenAPI has none, and allows only whole segments. */
const REST = "path";

/** Which methods need the token is told by the same rule as in `security.ts`. */
const describeRoute: Transform = (input) => {
  const { schema, url: pattern, route } = input;
  if (!schema || schema.hide) return jsonSchemaTransform(input);
  const methods = [route.method].flat();
  const { described, access } = route.config ?? {};
  const url = pattern.replace("*", `:${REST}`);
  const { params, response = {}, ...rest } = schema;
  const json = (schemas: ByMediaType, as: "input" | "output"): Content => mediaTypes(input, schemas, as);

  const { schema: plain } = jsonSchemaTransform({
    ...input,
    schema: {
      ...rest,
      response,
      ...(described?.headers && { headers: described.headers }),
      ...(params instanceof z.ZodObject ? { params: named(params, url) } : {}),
    },
  });
  const answers = Object.entries(described?.answers ?? {}).map(([status, schemas]) => [
    status,
    { description: schema.summary, content: json(schemas, "output") },
  ]);
  return {
    url,
    schema: {
      ...plain,
      ...(described?.body && { body: { content: json(described.body, "input") } }),
      response: {
        ...Object.fromEntries(answers),
        ...(plain.response as object),
        "4XX": {
          description: "The request is refused: why, and what to do.",
          content: json(described?.refusals ?? PROBLEM, "output"),
        },
      },
      security:
        access !== "token" && (methods.every((method) => READING.includes(method)) || access === "read")
          ? []
          : [{ token: [] }],
    },
  };
};

/** Parameters under the names that the address has. */
const named = ({ shape }: z.ZodObject, url: string): z.ZodObject =>
  z.object(
    Object.fromEntries(
      Object.entries(shape)
        .map(([name, schema]) => [name === "*" ? REST : name, schema] as const)
        .filter(([name]) => new RegExp(`:${name}(/|$)`).test(url)),
    ),
  );

const mediaTypes = (input: TransformInput, schemas: ByMediaType, as: "input" | "output"): Content =>
  Object.fromEntries(
    Object.entries(schemas).map(([type, zod]) => {
      const { schema } = jsonSchemaTransform({
        ...input,
        schema: as === "input" ? { body: zod } : { response: { 200: zod } },
      });
      return [type, { schema: as === "input" ? schema.body : (schema.response as Record<number, unknown>)[200] }];
    }),
  );

interface Operation {
  operationId?: string;
  responses: Record<string, { description: string }>;
  requestBody?: { required?: boolean; content: Record<string, { schema?: { anyOf?: { type?: string }[] } }> };
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const PREFIX = "#/components/schemas/";

/** Schemas once, not once for each direction where both are the same; none that nothing names. */
const tidySchemas = (document: Document): Document => {
  const { schemas } = document.components;
  const plain = (schema: object | undefined) => JSON.stringify(schema)?.replace(/(schemas\/\w+?)Input"/g, '$1"');
  const same = Object.keys(schemas).filter(
    (name) => name.endsWith("Input") && plain(schemas[name]) === plain(schemas[name.slice(0, -5)]),
  );
  const merged = same.reduce(
    (text, name) => text.replaceAll(`"${PREFIX}${name}"`, `"${PREFIX}${name.slice(0, -5)}"`),
    JSON.stringify(document),
  );
  const result = JSON.parse(merged) as Document;
  const used = new Set<string>();
  const follow = (part: unknown) => {
    for (const [, name = ""] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g))
      if (!used.has(name)) {
        used.add(name);
        follow(result.components.schemas[name] ?? {});
      }
  };
  follow(result.paths);
  result.components.schemas = Object.fromEntries(
    Object.entries(result.components.schemas).filter(([name]) => used.has(name)),
  );
  return result;
};

/** What cannot be said route by route. */
const describeApi: NonNullable<FastifyDynamicSwaggerOptions["transformObject"]> = (input) => {
  const document = tidySchemas(jsonSchemaTransformObject(input) as unknown as Document);
  for (const { head, ...operations } of Object.values(document.paths)) {
    // One route may answer GET and HEAD; an operation's id names one of them.
    if (head?.operationId) head.operationId = `${head.operationId}Head`;
    for (const { requestBody, responses } of Object.values(operations)) {
      for (const [status, response] of Object.entries(responses))
        if (response.description === "Default Response") response.description = STATUS_CODES[status] ?? status;
      if (requestBody?.content["application/json"]?.schema?.anyOf?.some(({ type }) => type === "null"))
        requestBody.required = false;
    }
  }
  return document as unknown as ReturnType<typeof jsonSchemaTransformObject>;
};

/** How `/docs` describes the routes: OpenAPI 3.1, made from the schemas that check the requests. */
export const openApi: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "Recall Studio",
      description: "Model registry, hub protocol, embeddings, ingestion and retrieval.",
      version: VERSION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "This server" }],
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "The value of STUDIO_TOKEN, where the server has one." },
      },
    },
  },
  transform: describeRoute,
  transformObject: describeApi,
};
