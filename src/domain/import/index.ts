export { factorMerged } from "./factorMerged.ts";
export { formatOf, mustPoolLast, readForeignAdapter } from "./foreignModel.ts";
export { tokenLimitOf } from "./limits.ts";
export { namesBase } from "./baseName.ts";
