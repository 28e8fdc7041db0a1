import type { ModelFiles } from "../domain/modelFiles.ts";
import type { BaseRef } from "../worker/engine/protocol.ts";
import { openHubModel, opfsStore } from "./hub/index.ts";
import { httpModelFiles } from "./httpModelFiles.ts";

/** The files of a base: from the studio's server, or from the hub by way of this browser's storage. Progress is in bytes. */
export const openBaseFiles = async (
  base: BaseRef,
  onProgress?: (done: number, total: number) => void,
): Promise<ModelFiles> =>
  base.source === "bundled" ? httpModelFiles(base.name) : openHubModel({ ...base, store: opfsStore(), onProgress });
