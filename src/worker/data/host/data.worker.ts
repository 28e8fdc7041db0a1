import { openBaseFiles } from "../../../platform/baseFiles.ts";
import { datasetStorage } from "../../../platform/database.ts";
import { runTextStorage } from "../../../platform/runFiles.ts";
import { serve } from "../../rpc.ts";
import { createDataService } from "./service.ts";

serve(createDataService({ datasets: datasetStorage, runs: runTextStorage, openFiles: openBaseFiles }));
