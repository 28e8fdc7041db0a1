import { z } from "zod";
import { parsePeftConfig, readForeignFolder, type Adapter, type Imported } from "../artifact/index.ts";
import { StudioError } from "../errors.ts";
import { readJson, type ModelConfig } from "../modelConfig.ts";
import { SHARDS_PATH, WEIGHTS_PATH, type ModelFiles } from "../modelFiles.ts";
import { isQuantized, namesBase } from "./baseName.ts";

type Folder = Pick<ModelFiles, "size" | "read">;
const ADAPTER_CONFIG = "adapter_config.json";

/**
 * What a folder from elsewhere holds.
 * @throws StudioError `import-unknown` for neither an adapter nor a complete model
 */
export const formatOf = async (folder: Folder): Promise<Imported["format"]> => {
  if ((await folder.size(ADAPTER_CONFIG)) !== null) return "peft";
  const weights = (await folder.size(WEIGHTS_PATH)) ?? (await folder.size(SHARDS_PATH));
  if (weights !== null && (await folder.size("config.json")) !== null) return "merged";
  throw new StudioError(
    "import-unknown",
    "The folder holds neither adapter_config.json nor a complete model.",
    "Give the folder that PEFT's save_pretrained has written (Unsloth: save_pretrained, ms-swift: the checkpoint-… folder), or a merged model with config.json and model.safetensors.",
  );
};

const poolingSchema = z.object({ pooling_mode: z.string().optional(), pooling_mode_lasttoken: z.boolean().optional() });

/** @throws StudioError `pooling-unsupported` when the folder says that it was trained with other pooling than the last token's */
export const mustPoolLast = async (folder: Folder): Promise<void> => {
  const path = "1_Pooling/config.json";
  if ((await folder.size(path)) === null) return;
  const pooling = poolingSchema.safeParse(await readJson(folder, path)).data;
  const isLast =
    pooling?.pooling_mode === undefined
      ? pooling?.pooling_mode_lasttoken === true
      : pooling.pooling_mode === "lasttoken";
  if (!isLast)
    throw new StudioError(
      "pooling-unsupported",
      `${path} asks for ${pooling?.pooling_mode ?? "other"} pooling; this engine takes the last token's vector, as Qwen3-Embedding does.`,
      "Train it with pooling by the last token.",
    );
};

/** An adapter that was trained elsewhere, with what its manifest says of that. */
export interface ForeignAdapter {
  adapter: Adapter;
  origin: Pick<Imported, "format" | "tool" | "namedBase" | "notes">;
}

/**
 * The PEFT adapter of a folder for a base.
 * @param anyBase also where the adapter names another base
 * @throws StudioError `import-other-base` when its config names another model, and what the reader throws
 */
export const readForeignAdapter = async (
  folder: Folder,
  base: { id: string; config: ModelConfig },
  anyBase = false,
): Promise<ForeignAdapter> => {
  const json = (await readJson(folder, ADAPTER_CONFIG)) as Record<string, unknown>;
  const { base: named } = parsePeftConfig(json);
  const same = named === null ? null : namesBase(named, base.id);
  if (same === false && !anyBase)
    throw new StudioError(
      "import-other-base",
      `The adapter was trained on ${named}, not on ${base.id}. Models of one shape take each other's adapters and give useless vectors.`,
      `Give ${named} as the base. If ${base.id} is the same model under another name, say --any-base.`,
    );
  const { adapter, notes } = await readForeignFolder(folder, base.config);
  const version = json.peft_version;
  return {
    adapter,
    origin: {
      format: "peft",
      tool: typeof version === "string" ? `peft ${version}`.slice(0, 200) : null,
      namedBase: named,
      notes: [
        ...notes,
        ...(same === true || named === null
          ? []
          : [`Its config names ${named.slice(0, 300)} as the base; it was taken for an adapter of ${base.id}.`]),
        ...(named !== null && isQuantized(named)
          ? ["It was trained on quantized weights of the base; here the base has its full ones."]
          : []),
      ],
    },
  };
};
