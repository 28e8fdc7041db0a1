import type { FilterName } from "../../../domain/questions/types.ts";

/** The filters in a person's words; `many` goes on after "questions that". */
export const FILTER_WORDS: Record<FilterName, { name: string; many: string }> = {
  empty: { name: "Empty or endless", many: "say nothing, or too much" },
  "meta-talk": { name: "Talk about the text", many: "speak of the text instead of its subject" },
  "personal-data": { name: "Personal data", many: "hold personal data, such as an e-mail address" },
  copied: { name: "Copied wording", many: "copy the passage" },
  language: { name: "Other language", many: "are in another language than the passage" },
  duplicate: { name: "Duplicates", many: "were written before" },
  "near-duplicate": { name: "Near duplicates", many: "were nearly written before" },
  generic: { name: "Generic", many: "are near every passage" },
  "round-trip": { name: "Ambiguous", many: "find other passages first" },
};
