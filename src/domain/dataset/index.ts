export { recogniseDialect, named as dialectFromColumns } from "./parse/dialect.ts";
export { LIMITS as PARSE_LIMITS } from "./parse/limits.ts";
export { parseCorpus, type ParsedCorpus } from "./parse/parseCorpus.ts";
export { parseDataset, type ParseOptions, type ParseProgress } from "./parse/parseDataset.ts";
export type { ByteSource } from "./parse/source.ts";
