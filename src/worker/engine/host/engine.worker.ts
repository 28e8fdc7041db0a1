import { expose, releaseProxy, transfer } from "comlink";
import { openDevice } from "../../../engine/index.ts";
import { opfsEmbeddings } from "../../../platform/opfsEmbeddings.ts";
import { httpModelFiles } from "../../../platform/httpModelFiles.ts";
import { openHubModel, opfsStore } from "../../../platform/hub/index.ts";
import { tuning } from "../../../platform/tuning.ts";
import { installErrorTransfer } from "../../errors.ts";
import { Service } from "./service.ts";
import type { EngineService } from "../protocol.ts";

/** Set when the page is built, by vite.config.ts; null where it was built without git. */
declare const __ENGINE_COMMIT__: string | null | undefined;

installErrorTransfer();

const service = new Service({
  cache: opfsEmbeddings(),
  openDevice: () => openDevice({ tuningCache: tuning }),
  openFiles: async (base, onProgress) =>
    base.source === "bundled"
      ? httpModelFiles(base.name)
      : openHubModel({ repo: base.repo, revision: base.revision, host: base.host, store: opfsStore(), onProgress }),
  commit: typeof __ENGINE_COMMIT__ === "string" ? __ENGINE_COMMIT__ : null,
});

/** A callback came through a channel of its own, which is closed when the work is done. */
const release = (callback: unknown): void => (callback as { [releaseProxy]?: () => void })[releaseProxy]?.();

const engine: EngineService = {
  probe: () => service.probe(),
  loadBase: (base, onProgress) => service.loadBase(base, onProgress).finally(() => release(onProgress)),
  loadAdapter: (files) => service.loadAdapter(files),
  tokenLengths: (texts, kind, instruction) => service.tokenLengths(texts, kind, instruction),
  selfTest: () => service.selfTest(),
  train: (request, onEvent) => service.train(request, onEvent).finally(() => release(onEvent)),
  dryRun: (request) => service.dryRun(request),
  pause: () => service.pause(),
  resume: () => service.resume(),
  stop: () => service.stop(),
  checkpoint: () => service.checkpoint(),
  evaluate: (request, onProgress) => service.evaluate(request, onProgress).finally(() => release(onProgress)),
  cancelEvaluate: () => service.cancelEvaluate(),
  rank: (request) => service.rank(request),
  exportArtifact: async (request) => {
    const files = await service.exportArtifact(request);
    return transfer(
      files,
      files.map(({ bytes }) => bytes.buffer),
    );
  },
  embed: async (texts, kind, which, strength, reading) => {
    const result = await service.embed(texts, kind, which, strength, reading);
    return transfer(result, [result.data.buffer]);
  },
};
expose(engine);
