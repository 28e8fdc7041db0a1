/** The data work without its worker, for tests of the stores. */
export { createDataService } from "../../worker/data/host/service.ts";
