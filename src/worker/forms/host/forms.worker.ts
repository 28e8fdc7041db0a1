import program from "../../../domain/script/train.py?raw";
import { openDevice, quickestBackends } from "../../../engine/index.ts";
import { openBaseFiles } from "../../../platform/baseFiles.ts";
import { opfsStore } from "../../../platform/hub/index.ts";
import { openFile } from "../../../platform/opfs.ts";
import { tuning } from "../../../platform/tuning.ts";
import { openPageSession } from "../../embed/host/onnxRuntime.ts";
import { serve } from "../../rpc.ts";
import { FormsHost } from "./service.ts";

const FOLDER = "forms";

serve(
  new FormsHost({
    store: opfsStore(FOLDER),
    openStored: (path) => openFile(`${FOLDER}/${path}`),
    openBase: openBaseFiles,
    openDevice: async () => openDevice({ tuningCache: tuning, backends: await quickestBackends() }),
    openOnnx: openPageSession,
    program,
    fetch: (address, signal) => fetch(address, { signal }),
  }),
);
