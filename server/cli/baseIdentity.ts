import { readFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLED_BASES, QWEN3_EMBEDDING_06B } from "../../src/domain/bases.ts";
import { WEIGHTS_PATH, type ModelFiles } from "../../src/domain/modelFiles.ts";
import { openBase, openFolder } from "./nodeModelFiles.ts";
import { UsageError } from "./problems.ts";

/** Which model a folder holds, for others to load: its id on the hub (or the bundled base's name) and the commit, if known. */
type Identity = Pick<ModelFiles, "id" | "revision">;

/**
 * The base that `--base` means, under the id that an adapter names it by. A folder's own name says nothing to other
 * people's tools, so the id comes from `--base-id`, or from what shows which model the folder holds.
 * @throws UsageError when nothing does
 */
export const openNamedBase = async (base: string, id: string | undefined): Promise<ModelFiles> => {
  const files = openBase(base);
  const known = files.revision === "bundled" ? files : await identify(openFolder("base", base), files);
  if (id !== undefined) return { ...files, id, revision: known?.id === id ? known.revision : files.revision };
  if (known) return { ...files, id: known.id, revision: known.revision };
  throw new UsageError(
    "usage",
    `--base: nothing in ${base} shows which model of the hub it is, and the adapter has to name its base.`,
    "Give --base-id owner/name. For a base that is on no hub, give the name of its folder in the server's models/base/.",
  );
};

/** Surest first: the weights' hash, the cache's path, a clone's origin, the model card. */
const identify = async (folder: string, files: ModelFiles): Promise<Identity | null> =>
  (await byWeights(files)) ??
  byCachePath(folder) ??
  byCachePath(await realpath(folder)) ??
  byClone(folder) ??
  (await byCard(folder, files));

const byWeights = async (files: ModelFiles): Promise<Identity | null> => {
  const sha256 = await files.sha256(WEIGHTS_PATH);
  if (sha256 === QWEN3_EMBEDDING_06B.sha256)
    return { id: QWEN3_EMBEDDING_06B.id, revision: QWEN3_EMBEDDING_06B.revision };
  const bundled = BUNDLED_BASES.find((base) => base.sha256 === sha256);
  return bundled ? { id: bundled.id, revision: "bundled" } : null;
};

/** `…/models--Qwen--Qwen3-Embedding-0.6B/snapshots/<commit>`, as the hub's client stores a download. */
const byCachePath = (folder: string): Identity | null => {
  const found = /(?:^|[\\/])models--([^\\/]+)[\\/]snapshots[\\/]([0-9a-f]{40})$/.exec(folder);
  return found?.[1] && found[2] ? { id: found[1].replace("--", "/"), revision: found[2] } : null;
};

const byClone = (folder: string): Identity | null => {
  const config = textOf(join(folder, ".git/config"));
  const id = /^\s*url\s*=\s*\S*(?:huggingface\.co|hf\.co|hf-mirror\.com)[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?\/?\s*$/m.exec(
    config,
  )?.[1];
  return id === undefined ? null : { id, revision: "local" };
};

/**
 * The id that a model card loads its own model by: `SentenceTransformer("Qwen/Qwen3-Embedding-0.6B")` under the heading
 * `Qwen3-Embedding-0.6B`. The card of a model made from another one has another heading, and says nothing here; nor does a
 * card beside weights that are known to be others.
 */
const byCard = async (folder: string, files: ModelFiles): Promise<Identity | null> => {
  const card = textOf(join(folder, "README.md"));
  const title = /^#\s+(.+?)\s*$/m.exec(card.replace(/^---\n[\s\S]*?\n---\n/, ""))?.[1];
  const ids = [...card.matchAll(/(?:SentenceTransformer|from_pretrained)\(\s*["']([\w.-]+\/[\w.-]+)["']/g)].map(
    ([, id = ""]) => id,
  );
  const own = [...new Set(ids)].filter((id) => id.split("/").at(-1) === title);
  const [id] = own;
  if (id === undefined || own.length > 1) return null;
  const foreign = id === QWEN3_EMBEDDING_06B.id && (await files.sha256(WEIGHTS_PATH)) !== QWEN3_EMBEDDING_06B.sha256;
  return foreign ? null : { id, revision: "local" };
};

const textOf = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // Not there, which says nothing about the model.
  }
};
