import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { StudioError } from "../../src/domain/errors.ts";

/** Which cross-encoder, and where it may lie. */
export interface RerankModelPlace {
  /** A folder of `modelsDir`, or `owner/name` on the hub. */
  name: string;
  /** The hub's commit; null for a folder. */
  revision: string | null;
  modelsDir: string;
  /** Where files of the hub are kept. */
  cacheDir: string;
  hub: { url: string; token: string | null };
}

const SMALL = ["config.json", "tokenizer.json", "tokenizer_config.json"];
export const RERANK_GRAPH = "onnx/model.onnx";
/** Weights beside the graph, where they are too large for it. */
const DATA = "onnx/model.onnx_data";

const treeSchema = z.array(
  z.object({ path: z.string(), size: z.number(), lfs: z.object({ oid: z.string() }).optional() }),
);

/**
 * The folder of a cross-encoder: one of `modelsDir`, else the hub's files at the commit, fetched once. Large files are held against the
 * hub's SHA-256.
 *
 * @throws StudioError `rerank-model-missing`, `rerank-download`
 */
export const rerankModelFolder = async (place: RerankModelPlace): Promise<string> => {
  const { name, revision, modelsDir, cacheDir } = place;
  const local = join(modelsDir, name);
  if (await isFile(join(local, RERANK_GRAPH))) return local;
  if (revision === null || !name.includes("/")) throw missing(local);
  const folder = join(cacheDir, `${name.replace("/", "--")}@${revision}`);
  const listed = treeSchema.safeParse(
    await (await get(place, `api/models/${name}/tree/${revision}?recursive=true`)).json(),
  );
  if (!listed.success) throw failed("the hub's list of files cannot be read");
  const files = listed.data.filter(({ path }) => [...SMALL, RERANK_GRAPH, DATA].includes(path));
  const absent = [...SMALL, RERANK_GRAPH].filter((path) => !files.some((file) => file.path === path));
  if (absent.length > 0) throw failed(`the repository has no ${absent.join(", ")}`);
  for (const file of files) await fetchFile(place, folder, file);
  return folder;
};

const fetchFile = async (
  place: RerankModelPlace,
  folder: string,
  { path, size, lfs }: z.infer<typeof treeSchema>[number],
): Promise<void> => {
  const target = join(folder, path);
  const stored = await stat(target).catch(() => null);
  if (stored?.size === size) return;
  const part = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const { body } = await get(place, `${place.name}/resolve/${place.revision}/${path}`);
  if (!body) throw failed(`${path} is empty`);
  const hash = createHash("sha256");
  let bytes = 0;
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), counting, createWriteStream(part));
    if (bytes !== size || (lfs && hash.digest("hex") !== lfs.oid)) throw failed(`${path} did not come whole`);
    await rename(part, target);
  } catch (thrown) {
    await rm(part, { force: true });
    throw thrown instanceof StudioError ? thrown : failed(`the download of ${path} broke off`, thrown);
  }
};

/** The token goes to the hub alone: `fetch` leaves the header away where it is sent on to another host. */
const get = async ({ hub }: RerankModelPlace, path: string): Promise<Response> => {
  const headers = hub.token === null ? undefined : { authorization: `Bearer ${hub.token}` };
  const response = await fetch(`${hub.url}/${path}`, { headers }).catch((cause: unknown) => {
    throw failed("the hub does not answer", cause);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw failed(`the hub answered with status ${response.status}`);
};

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => null))?.isFile() ?? false;

const failed = (why: string, cause?: unknown): StudioError =>
  new StudioError(
    "rerank-download",
    `The reranker could not be fetched: ${why}.`,
    "Check RERANK_MODEL, RERANK_REVISION and the network, or put its files into a folder of MODELS_DIR.",
    { cause },
  );

const missing = (folder: string): StudioError =>
  new StudioError(
    "rerank-model-missing",
    `There is no reranker in ${folder}.`,
    "Put config.json, tokenizer.json, tokenizer_config.json and onnx/model.onnx there, or give owner/name and RERANK_REVISION.",
  );
