/** Where the filters draw their lines. Shown with their counts, and kept in the provenance. */
export interface FilterThresholds {
  /** Characters of a question: fewer letters and digits say nothing, more are no question. */
  leastCharacters: number;
  mostCharacters: number;
  /** Longest run of the passage's words that a question may hold, as a share of the question's words … */
  copiedShare: number;
  /** … and in words: shorter runs are terms, which have to be the same. */
  copiedWords: number;
  /** How far above the others' mean cosine to all passages, in robust standard deviations. */
  genericDeviations: number;
  /** The passage must be among so many that hybrid search finds. */
  roundTripDepth: number;
}

export const DEFAULT_THRESHOLDS: FilterThresholds = {
  leastCharacters: 3,
  mostCharacters: 400,
  copiedShare: 0.7,
  copiedWords: 5,
  // Iglewicz and Hoaglin (1993) call modified z-scores above 3.5 outliers.
  genericDeviations: 3.5,
  roundTripDepth: 10,
};

/** What each threshold may be. A share is between 0 and 1; all others but the deviations are whole. */
export const THRESHOLD_RANGES: Record<keyof FilterThresholds, { least: number; most: number; whole: boolean }> = {
  leastCharacters: { least: 1, most: 100, whole: true },
  mostCharacters: { least: 10, most: 10_000, whole: true },
  copiedShare: { least: 0.05, most: 1, whole: false },
  copiedWords: { least: 1, most: 100, whole: true },
  genericDeviations: { least: 0, most: 100, whole: false },
  roundTripDepth: { least: 1, most: 100, whole: true },
};
