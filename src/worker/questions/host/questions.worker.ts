import { openBaseFiles } from "../../../platform/baseFiles.ts";
import { questionsStorage } from "../../../platform/questionsStorage.ts";
import { createGeneratorWorker } from "../../generator/client.ts";
import { serve } from "../../rpc.ts";
import { holdGenerator } from "./heldGenerator.ts";
import { pdfData } from "./pdfData.ts";
import { createQuestionsService } from "./service.ts";

const generator = holdGenerator(createGeneratorWorker);
serve(createQuestionsService({ storage: questionsStorage, openFiles: openBaseFiles, pdfData, generator }));
