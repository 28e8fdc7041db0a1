import { openBaseFiles } from "../../../platform/baseFiles.ts";
import { questionsStorage } from "../../../platform/questionsStorage.ts";
import { serve } from "../../rpc.ts";
import { pdfData } from "./pdfData.ts";
import { createQuestionsService } from "./service.ts";

serve(createQuestionsService({ storage: questionsStorage, openFiles: openBaseFiles, pdfData }));
