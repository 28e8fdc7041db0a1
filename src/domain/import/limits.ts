import { z } from "zod";
import { readJson } from "../modelConfig.ts";
import type { ModelFiles } from "../modelFiles.ts";

const PATH = "sentence_bert_config.json";
const schema = z.object({ max_seq_length: z.int().min(2).nullish() });

/** Longest text in tokens that a sentence-transformers folder reads; null where it does not say. */
export const tokenLimitOf = async (folder: Pick<ModelFiles, "size" | "read">): Promise<number | null> =>
  (await folder.size(PATH)) === null
    ? null
    : (schema.safeParse(await readJson(folder, PATH)).data?.max_seq_length ?? null);
