import { describe, expect, it } from "vitest";
import { loadConfig } from "../config/config.ts";
import {
  describeSelection,
  refuseFallback,
  resolveServingModel,
  type ServingView,
  type TunedModel,
} from "./selection.ts";

const bases: Record<string, string> = { "qwen3-embedding-tiny": "t", "Qwen3-Embedding-0.6B": "q" };
const base: ServingView["base"] = (id) => {
  const name = id.split("/").at(-1) ?? "";
  return bases[name] ? { name, directory: `/bases/${name}`, sha256: bases[name] } : null;
};
const tuned = (
  id: string,
  sha256 = bases[id.split("/").at(-1) ?? ""] ?? "?",
  version: string | null = "v1-00000000",
): TunedModel => ({
  version,
  directory: "/tuned",
  fingerprint: "f".repeat(64),
  base: { id, sha256 },
});
const tiny = { tuned: tuned("qwen3-embedding-tiny") };
const large = { tuned: tuned("Qwen/Qwen3-Embedding-0.6B") };
const broken = { version: "v1-00000000", problem: { code: "version-damaged", message: "m", hint: "h" } };
const named = { tuned: tuned("qwen3-embedding-tiny", "t", null) };
const badName = { problem: { code: "tuned-missing", message: "m", hint: "h" } };

const choose = (environment: Record<string, string>, view: Partial<ServingView>) => {
  const { embedding } = loadConfig(environment);
  const selection = resolveServingModel(embedding, { named: null, production: null, base, ...view });
  const { mode, base: id, fallback, version } = describeSelection(selection);
  return { shown: [mode, id, version, fallback?.code ?? null], embedding, selection };
};

const TINY = "qwen3-embedding-tiny";
const QWEN = "Qwen/Qwen3-Embedding-0.6B";
const V1 = "v1-00000000";

describe("resolveServingModel", () => {
  it.each<[string, Record<string, string>, Partial<ServingView>, unknown[]]>([
    // Nothing promoted.
    ["auto", {}, {}, ["baseline", TINY, null, null]],
    ["auto, base named", { EMBEDDING_MODEL: QWEN }, {}, ["baseline", "Qwen3-Embedding-0.6B", null, null]],
    ["auto, base absent", { EMBEDDING_MODEL: "other" }, {}, ["none", "", null, "base-missing"]],
    ["true", { USE_FINE_TUNED_EMBEDDINGS: "true" }, {}, ["baseline", TINY, null, "tuned-missing"]],
    ["false", { USE_FINE_TUNED_EMBEDDINGS: "false" }, {}, ["baseline", TINY, null, null]],
    // A version in production.
    ["auto, production", {}, { production: tiny }, ["tuned", TINY, V1, null]],
    ["true, production", { USE_FINE_TUNED_EMBEDDINGS: "true" }, { production: tiny }, ["tuned", TINY, V1, null]],
    ["false, production", { USE_FINE_TUNED_EMBEDDINGS: "false" }, { production: tiny }, ["baseline", TINY, null, null]],
    [
      "auto, both bundled bases",
      {},
      { base: (id) => base(id) ?? { name: id, directory: `/bases/${id}`, sha256: "s" } },
      ["baseline", "qwen3-embedding-small", null, null],
    ],
    ["auto, production of a larger base", {}, { production: large }, ["tuned", QWEN, V1, null]],
    [
      "auto, same base by folder name",
      { EMBEDDING_MODEL: "Qwen3-Embedding-0.6B" },
      { production: large },
      ["tuned", QWEN, V1, null],
    ],
    [
      "auto, another base configured",
      { EMBEDDING_MODEL: TINY },
      { production: large },
      ["baseline", TINY, null, "tuned-base-mismatch"],
    ],
    [
      "auto, base of other weights",
      {},
      { production: { tuned: tuned(TINY, "changed") } },
      ["baseline", TINY, null, "tuned-base-mismatch"],
    ],
    ["auto, base absent", {}, { production: { tuned: tuned("other", "x") } }, ["baseline", TINY, null, "base-missing"]],
    ["auto, damaged", {}, { production: broken }, ["baseline", TINY, null, "version-damaged"]],
    [
      "true, damaged",
      { USE_FINE_TUNED_EMBEDDINGS: "true" },
      { production: broken },
      ["baseline", TINY, null, "version-damaged"],
    ],
    ["false, damaged", { USE_FINE_TUNED_EMBEDDINGS: "false" }, { production: broken }, ["baseline", TINY, null, null]],
    // A folder named by EMBEDDING_MODEL_FINE_TUNED_PATH comes before the registry.
    ["auto, named", {}, { named, production: large }, ["tuned", TINY, null, null]],
    ["true, named", { USE_FINE_TUNED_EMBEDDINGS: "true" }, { named }, ["tuned", TINY, null, null]],
    ["auto, named but missing", {}, { named: badName, production: tiny }, ["baseline", TINY, null, "tuned-missing"]],
    [
      "auto, named of another base",
      { EMBEDDING_MODEL: QWEN },
      { named },
      ["baseline", "Qwen3-Embedding-0.6B", null, "tuned-base-mismatch"],
    ],
    ["damaged, and no base at all", {}, { production: broken, base: () => null }, ["none", "", null, "base-missing"]],
  ])("%s", (_what, environment, view, expected) => {
    const { shown, embedding, selection } = choose(environment, view);
    expect(shown).toEqual(expected);
    const strict = () => refuseFallback({ ...embedding, strict: true }, selection);
    if (expected[3]) expect(strict).toThrow(/EMBEDDING_STRICT/);
    else expect(strict).not.toThrow();
    expect(() => refuseFallback(embedding, selection)).not.toThrow();
  });
});
