import type { ModelDetail } from "../../domain/api/index.ts";
import { StudioError } from "../../domain/errors.ts";
import { sha256Hex } from "../../domain/hashing.ts";
import type { ArtifactFile } from "../../worker/engine/protocol.ts";
import type { RegistryClient } from "./ports.ts";

/**
 * All files of a registered version, one after the other, each checked against its digest.
 * Errors: `download-damaged`, and those of the client.
 */
export const filesOfVersion = async (
  { repo, version, fileList }: Pick<ModelDetail, "repo" | "version" | "fileList">,
  client: Pick<RegistryClient, "file">,
): Promise<ArtifactFile[]> => {
  const files: ArtifactFile[] = [];
  for (const { path, sha256 } of fileList) {
    const bytes = await client.file(repo, version, path);
    if (sha256Hex(bytes) !== sha256)
      throw new StudioError("download-damaged", `${path} did not arrive as it was registered.`, "Download it again.");
    files.push({ path, bytes });
  }
  return files;
};
