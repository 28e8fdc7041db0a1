import { expose, releaseProxy, transfer } from "comlink";
import { opfsStore } from "../../../platform/hub/index.ts";
import type { EmbedService } from "../protocol.ts";
import { installErrorTransfer } from "../../errors.ts";
import { openPageSession } from "./onnxRuntime.ts";
import { PageModelService } from "./pageModel.ts";

installErrorTransfer();

const service = new PageModelService({
  store: opfsStore("page-models"),
  host: self.location.origin,
  open: openPageSession,
});

/** A callback came through a channel of its own, which is closed when the work is done. */
const release = (callback: unknown): void => (callback as { [releaseProxy]?: () => void })[releaseProxy]?.();

const exposed: EmbedService = {
  inspect: (model, headers) => service.inspect(model, headers),
  load: (request, onEvent) => service.load(request, onEvent).finally(() => release(onEvent)),
  cancel: () => service.cancel(),
  embed: async (text) => {
    const vector = await service.embed(text);
    return transfer(vector, [vector.buffer]);
  },
  forget: () => service.forget(),
};
expose(exposed);
