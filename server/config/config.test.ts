import { readFileSync } from "node:fs";
import { inspect, parseEnv } from "node:util";
import { describe, expect, it } from "vitest";
import { isLoopback, loadConfig } from "./config.ts";
import { VARIABLES } from "./environment.ts";

const TOKEN = "correct-horse-battery";
const faults = (environment: Record<string, string>): string => {
  try {
    loadConfig(environment, "/work");
  } catch (thrown) {
    return (thrown as Error).message;
  }
  return "";
};

describe("loadConfig", () => {
  it("runs on loopback without any variable", () => {
    const config = loadConfig({}, "/here");
    expect(config).toMatchObject({ host: "127.0.0.1", port: 4680, portFixed: false, loopback: true, token: null });
    expect(config).toMatchObject({ dataDir: "/here/data", modelsDir: "/here/models" });
    expect(config.embedding).toMatchObject({ useFineTuned: "auto", fineTunedPath: null, model: null, strict: false });
  });

  it("takes an empty variable as unset", () => expect(loadConfig({ PORT: "", HOST: " " }).port).toBe(4680));

  it("refuses another address without a token", () => {
    for (const HOST of ["0.0.0.0", "192.168.1.7", "::", "studio.example"])
      expect(faults({ HOST })).toMatch(/STUDIO_TOKEN/);
    expect(faults({ HOST: "0.0.0.0", STUDIO_TOKEN: "short" })).toMatch(/STUDIO_TOKEN must have at least 16/);
    expect(loadConfig({ HOST: "0.0.0.0", STUDIO_TOKEN: TOKEN }).loopback).toBe(false);
  });

  it.each([
    [{ PORT: "http" }, /PORT must be a number/],
    [{ PORT: "70000" }, /PORT must be a port/],
    [{ LOG_LEVEL: "loud" }, /LOG_LEVEL/],
    [{ USE_FINE_TUNED_EMBEDDINGS: "yes" }, /USE_FINE_TUNED_EMBEDDINGS must be auto, true or false/],
    [{ EMBEDDING_DTYPE: "int4" }, /EMBEDDING_DTYPE must be f32 or q8/],
    [{ EMBEDDING_STRICT: "maybe" }, /EMBEDDING_STRICT must be true or false/],
    [{ USE_FINE_TUNED_EMBEDDINGS: "false", EMBEDDING_MODEL_FINE_TUNED_PATH: "x" }, /EMBEDDING_MODEL_FINE_TUNED_PATH/],
    [{ CHUNK_TOKENS: "64", CHUNK_OVERLAP: "64" }, /CHUNK_OVERLAP must be below/],
    [{ VECTOR_TYPE: "int8" }, /VECTOR_TYPE must be float32, float16 or binary/],
    [{ EMBEDDING_ENDPOINT: "gpu:8080" }, /EMBEDDING_ENDPOINT must be an http/],
    [{ EMBEDDING_ENDPOINT_KEY: "k" }, /EMBEDDING_ENDPOINT_KEY is set without EMBEDDING_ENDPOINT/],
    [{ RERANK_ENDPOINT: "gpu:8081" }, /RERANK_ENDPOINT must be an http/],
    [{ RERANK_ENDPOINT: "http://me:hunter2@gpu" }, /RERANK_ENDPOINT must hold no key/],
    [{ RERANK_MODEL: "../etc" }, /RERANK_MODEL must be owner\/name/],
    [{ RERANK_MODEL: "a/b", RERANK_ENDPOINT: "http://gpu" }, /one of them is enough/],
    [{ RERANK_MODEL: "a/b", RERANK_REVISION: "main" }, /RERANK_REVISION must be a commit/],
    [{ RERANK_KEY: "k" }, /RERANK_KEY is set without RERANK_ENDPOINT/],
    [{ RERANK_BY_DEFAULT: "true" }, /RERANK_BY_DEFAULT is set without a reranker/],
    [{ RERANK_ENDPOINT: "http://gpu", RERANK_FORM: "openai" }, /RERANK_FORM must be auto, tei or cohere/],
    [{ DATABASE_URL: "mysql://u:hunter2@h/d" }, /DATABASE_URL must start with postgres/],
    [{ LANGFUSE_PUBLIC_KEY: "pk" }, /LANGFUSE_SECRET_KEY/],
    [{ ARCHON_URL: "http://127.0.0.1:8181" }, /ARCHON_PROJECT_ID/],
    [{ ARCHON_API: "v2" }, /ARCHON_API must be v1/],
    [{ ARCHON_URL: "file:///etc", ARCHON_PROJECT_ID: "p" }, /ARCHON_URL must be an http/],
  ])("names the fault of %j", (environment, message) => {
    const text = faults(environment);
    expect(text).toMatch(message);
    expect(text).not.toContain("hunter2");
  });

  it("names all faults at once", () => {
    const text = faults({ PORT: "x", LOG_LEVEL: "y" });
    expect(text).toMatch(/PORT/);
    expect(text).toMatch(/LOG_LEVEL/);
  });

  it("never prints a secret", () => {
    const config = loadConfig({
      STUDIO_TOKEN: TOKEN,
      LANGFUSE_PUBLIC_KEY: "pk",
      LANGFUSE_SECRET_KEY: "sk-very-secret",
      DATABASE_URL: "postgres://u:hunter2@h/d",
    });
    const printed = [JSON.stringify(config), inspect(config, { depth: 9 }), `${config.token}`].join();
    for (const value of [TOKEN, "sk-very-secret", "hunter2"]) expect(printed).not.toContain(value);
    expect(config.token?.equals(TOKEN)).toBe(true);
    expect(config.token?.equals(`${TOKEN}x`)).toBe(false);
  });
});

describe("what is written about the variables", () => {
  const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
  // Every variable stands there as a comment; uncommented, the file must be a configuration.
  const example = parseEnv(read(".env.example").replaceAll(/^#(?=[A-Z_]+=)/gm, "")) as Record<string, string>;

  it("lists every variable in .env.example and in docs/server.md, and none that is unknown", () => {
    expect(Object.keys(example).sort()).toEqual([...VARIABLES].sort());
    const described = [...read("docs/server.md").matchAll(/`([A-Z]+_[A-Z_]+|PORT|HOST)`/g)].map(([, name]) => name);
    expect(VARIABLES.filter((name) => !described.includes(name))).toEqual([]);
  });

  it("shows the defaults in .env.example", () => {
    const shown = loadConfig(example, "/here");
    expect({ ...shown, portFixed: false }).toEqual(loadConfig({}, "/here"));
  });
});

it("knows loopback addresses", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "localhost", "::1"]) expect(isLoopback(host)).toBe(true);
  for (const host of ["0.0.0.0", "127.evil.example", "10.0.0.1", "::"]) expect(isLoopback(host)).toBe(false);
});
