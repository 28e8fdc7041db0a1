import { BUNDLED_BASES, QWEN3_EMBEDDING_06B } from "../bases.ts";
import type { Manifest } from "./manifest.ts";
import { PROBE_TEXTS } from "./probes.ts";

/** Licences of bases whose weights are known, by SHA-256; a tuned model stands under its base's. */
export const LICENCES: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  [QWEN3_EMBEDDING_06B, ...BUNDLED_BASES].map(({ sha256 }) => [sha256, "apache-2.0"]),
);

/** A YAML scalar; JSON strings are YAML. */
const yaml = (text: string): string => JSON.stringify(text);

/** Whether the base is a model of the hub, which others can load by its name. */
export const onHub = ({ base }: Pick<Manifest, "base">): boolean => /^[\w.-]+\/[\w.-]+$/.test(base.id);

/** The card's YAML. @param relation what the folder is to its base, in the hub's word */
export const frontMatter = (
  manifest: Manifest,
  relation: "adapter" | "finetune" | "quantized" = "adapter",
  library = "sentence-transformers",
): string => {
  const { evaluation } = manifest;
  const licence = LICENCES[manifest.base.sha256];
  const results = evaluation
    ? [
        "model-index:",
        `- name: ${yaml(manifest.name)}`,
        "  results:",
        "  - task: {type: information-retrieval, name: Information Retrieval}",
        `    dataset: {type: private, name: ${yaml((manifest.dataset ?? manifest.imported?.test)?.name ?? "test")}, split: test}`,
        "    metrics:",
        ...Object.entries(evaluation.tuned).map(
          ([metric, value]) =>
            `    - {type: ${yaml(`cosine_${metric}`)}, value: ${value}, name: ${yaml(`Cosine ${metric}`)}}`,
        ),
      ]
    : [];
  return [
    "---",
    ...(onHub(manifest) ? [`base_model: ${manifest.base.id}`, `base_model_relation: ${relation}`] : []),
    ...(licence === undefined ? [] : [`license: ${licence}`]),
    `library_name: ${library}`,
    "pipeline_tag: sentence-similarity",
    `tags: [sentence-transformers, sentence-similarity, feature-extraction, ${relation === "adapter" ? "peft, lora, " : ""}recall-studio]`,
    "widget:",
    `- source_sentence: ${yaml(PROBE_TEXTS[1] ?? "")}`,
    "  sentences:",
    ...PROBE_TEXTS.slice(2, 5).map((text) => `  - ${yaml(text)}`),
    ...results,
    "---",
  ].join("\n");
};
