export { factorMerged } from "./factorMerged.ts";
export { formatOf, mustPoolLast, readForeignAdapter } from "./foreignModel.ts";
