import { expose, releaseProxy } from "comlink";
import type { DataService } from "../protocol.ts";
import { createDataService } from "./service.ts";
import { installErrorTransfer } from "../../errors.ts";

installErrorTransfer();

/** A callback came through a channel of its own, which is closed when the work is done. */
const release = (callback: unknown): void => (callback as { [releaseProxy]?: () => void })[releaseProxy]?.();

const service = createDataService();
const exposed: DataService = {
  ...service,
  parse: (file, name, dialect, onProgress) =>
    service.parse(file, name, dialect, onProgress).finally(() => release(onProgress)),
  parseCorpus: (file, name, onProgress) =>
    service.parseCorpus(file, name, onProgress).finally(() => release(onProgress)),
  examine: (data, context, onProgress) => service.examine(data, context, onProgress).finally(() => release(onProgress)),
};
expose(exposed);
