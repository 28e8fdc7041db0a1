import type { ModelFiles } from "../../../domain/modelFiles.ts";
import { PAGE_MODEL, type Precision } from "../../../domain/questions/pageModel.ts";
import { openHubModel, type HubModelOptions } from "../../../platform/hub/index.ts";

/** The model's files at its commit, from this browser's storage or once from the hub, checked against the hub's hashes. */
export const openPageModel = (
  precision: Precision,
  options: Omit<HubModelOptions, "repo" | "revision" | "parts" | "expectedSha256">,
): Promise<ModelFiles> => {
  const { repo, revision, small, weights } = PAGE_MODEL;
  return openHubModel({ ...options, repo, revision, parts: [...small, weights[precision].path] });
};

/** Bytes that are read at once: browsers do not give gigabytes in one piece. */
const PART = 64 * 1024 * 1024;

/**
 * Stored files as the library's own cache. It asks by address, `…/{repo}/resolve/{revision}/{path}`; what is not stored at that
 * commit it does not get.
 */
export const asLibraryCache = (files: ModelFiles) => ({
  async match(address: string): Promise<Response | undefined> {
    const prefix = `/${PAGE_MODEL.repo}/resolve/${PAGE_MODEL.revision}/`;
    const from = address.indexOf(prefix);
    if (from < 0) return undefined;
    const path = address.slice(from + prefix.length);
    const bytes = await files.size(path);
    if (bytes === null) return undefined;
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const end = Math.min(bytes, at + PART);
        controller.enqueue(await files.read(path, at, end));
        at = end;
        if (at >= bytes) controller.close();
      },
    });
    return new Response(body, { headers: { "content-length": String(bytes) } });
  },
  put: async (): Promise<void> => undefined,
});

/** The library may fetch nothing: what it has no stored file for does not exist. */
export const noFetch = async (): Promise<Response> => new Response(null, { status: 404 });
