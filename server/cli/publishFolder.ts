import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { z } from "zod";
import { MANIFEST_PATH, verifyArtifact } from "../../src/domain/artifact/index.ts";
import { isSafeArtifactPath } from "../../src/domain/api/index.ts";
import { readJson } from "../../src/domain/modelConfig.ts";
import { nodeModelFiles } from "./nodeModelFiles.ts";
import { UsageError } from "./problems.ts";

/** Lists the files of an exported form. */
const LIST = "files.json";
const listSchema = z.array(z.object({ path: z.string().refine(isSafeArtifactPath), sha256: z.string() }));

/**
 * What of a folder is published: all of an artifact, once it was verified, or the files of an exported form, as they were written.
 * @throws UsageError for another folder, and for one that was changed since
 */
export const publishedFiles = async (folder: string): Promise<{ path: string; absolute: string }[]> => {
  const files = nodeModelFiles(folder);
  const at = (path: string) => ({ path, absolute: join(folder, path) });
  const refuse = (what: string) =>
    new UsageError(
      "usage",
      `--artifact: ${folder} ${what}.`,
      "Export it again, and publish the folder as it was written.",
    );
  if ((await files.size(MANIFEST_PATH)) !== null) {
    const paths = async () =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
    const { manifest, problems } = await verifyArtifact({ ...files, paths, knownSha256: files.sha256 });
    if (!manifest || problems[0])
      throw refuse(`is not a whole artifact: ${problems[0]?.message ?? "it has no manifest"}`);
    return [...manifest.files.map(({ path }) => at(path)), at(MANIFEST_PATH)];
  }
  if ((await files.size(LIST)) === null)
    throw new UsageError(
      "usage",
      `--artifact: ${folder} has neither ${MANIFEST_PATH} nor ${LIST}.`,
      "Give the folder of a run or an import, or one that npm run export has written.",
    );
  const listed = listSchema.safeParse(await readJson(files, LIST)).data;
  if (!listed) throw refuse(`has a ${LIST} that cannot be read`);
  for (const { path, sha256 } of listed)
    if ((await files.sha256(path)) !== sha256) throw refuse(`holds another ${path} than was written`);
  return listed.map(({ path }) => at(path));
};
