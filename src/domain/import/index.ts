export { factorMerged } from "./factorMerged.ts";
export { formatOf, mustPoolLast, readForeignAdapter } from "./foreignModel.ts";
export {
  IMPORT_TEST_FOLDER,
  IMPORT_TEST_LIMITS,
  importTestFile,
  readImportTest,
  type ImportTest,
} from "./importTest.ts";
export { tokenLimitOf } from "./limits.ts";
export { namesBase } from "./baseName.ts";
