import { openDevice } from "../../../engine/index.ts";
import { openHubModel, opfsStore } from "../../../platform/hub/index.ts";
import { httpModelFiles } from "../../../platform/httpModelFiles.ts";
import { opfsEmbeddings } from "../../../platform/opfsEmbeddings.ts";
import { selfTests } from "../../../platform/selfTests.ts";
import { tuning } from "../../../platform/tuning.ts";
import { serve } from "../../rpc.ts";
import { Service } from "./service.ts";

/** Set when the page is built, by vite.config.ts; null where it was built without git. */
declare const __ENGINE_COMMIT__: string | null | undefined;

serve(
  new Service({
    cache: opfsEmbeddings(),
    selfTests,
    openDevice: () => openDevice({ tuningCache: tuning }),
    openFiles: async (base, onProgress) =>
      base.source === "bundled" ? httpModelFiles(base.name) : openHubModel({ ...base, store: opfsStore(), onProgress }),
    commit: typeof __ENGINE_COMMIT__ === "string" ? __ENGINE_COMMIT__ : null,
  }),
);
