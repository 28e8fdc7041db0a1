export { compareCodePoints, hasLoneSurrogate } from "./codePoints.ts";
export { sha256List, sha256Text } from "./hash.ts";
export { hasText, normalizeText } from "./normalize.ts";
export { joinNearDuplicates, NEAR_DUPLICATE } from "./nearDuplicates.ts";
export { UnionFind } from "./unionFind.ts";
export { guessLanguage, UNKNOWN_LANGUAGE } from "./language.ts";
export { hasEmail, hasPhone } from "./personal.ts";
export { groupBy } from "./groupBy.ts";
