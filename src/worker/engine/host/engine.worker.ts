import { openDevice, quickestBackends } from "../../../engine/index.ts";
import { openBaseFiles } from "../../../platform/baseFiles.ts";
import { opfsEmbeddings } from "../../../platform/opfsEmbeddings.ts";
import { selfTests } from "../../../platform/selfTests.ts";
import { tuning } from "../../../platform/tuning.ts";
import { serve } from "../../rpc.ts";
import { ON_WEBGPU } from "../protocol.ts";
import { Service } from "./service.ts";

/** Set when the page is built, by vite.config.ts; null where it was built without git. */
declare const __ENGINE_COMMIT__: string | null | undefined;

serve(
  new Service({
    cache: opfsEmbeddings(),
    selfTests,
    openDevice: async () =>
      openDevice({ tuningCache: tuning, ...(self.name !== ON_WEBGPU && { backends: await quickestBackends() }) }),
    openFiles: openBaseFiles,
    commit: typeof __ENGINE_COMMIT__ === "string" ? __ENGINE_COMMIT__ : null,
  }),
);
