export { recogniseDialect, named as dialectFromColumns } from "./parse/dialect.ts";
export { LIMITS as PARSE_LIMITS } from "./parse/limits.ts";
export { parseCorpus, type ParsedCorpus } from "./parse/parseCorpus.ts";
export { parseDataset, type ParseOptions, type ParseProgress } from "./parse/parseDataset.ts";
export type { ByteSource } from "./parse/source.ts";
export { datasetIdentity, fingerprintDataset, type IdentityOptions } from "./fingerprint.ts";
export { MIN_PAIRS, splitDataset, type SplitOptions } from "./split/split.ts";
export { indexTexts, rowComponents, type GraphOptions, type TextIndex } from "./split/textGraph.ts";
