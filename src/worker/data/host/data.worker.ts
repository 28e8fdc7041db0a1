import { serve } from "../../rpc.ts";
import { createDataService } from "./service.ts";

serve(createDataService());
