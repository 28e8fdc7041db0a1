import { opfsStore } from "../../../platform/hub/index.ts";
import { serve } from "../../rpc.ts";
import { openPageSession } from "./onnxRuntime.ts";
import { PageModelService } from "./pageModel.ts";

serve(new PageModelService({ store: opfsStore("page-models"), host: self.location.origin, open: openPageSession }));
