import { UnionFind } from "./unionFind.ts";

/** What counts as a near duplicate. */
export const NEAR_DUPLICATE = {
  /** Least Jaccard similarity of the two sets of shingles. */
  threshold: 0.8,
  /** Characters of a shingle. Characters and not words, so that languages without blanks work too. */
  shingle: 5,
} as const;

/** One hash per text in each of 128 bins; bands of six must agree for two texts to be compared at all. */
const BINS = 128;
const ROWS = 6;
const BANDS = Math.floor(BINS / ROWS);
const EMPTY = 0xffffffff;
/**
 * Texts of one bucket that a text is compared with; bounds the work on data made from templates. Texts are taken in
 * sorted order, so these are its nearest neighbors in the alphabet, and the result does not depend on the given order.
 */
const BUCKET = 16;
/** Texts between two reports of progress. */
const REPORT = 2048;
/** Shingles kept for comparisons before the cache is emptied. */
const CACHE = 20_000_000;

/**
 * Joins texts whose character 5-gram sets overlap by at least 0.8 (Jaccard), and whatever is joined through a third text.
 * Candidates come from one-permutation MinHash with optimal densification (Shrivastava 2017) and banding: a pair
 * at 0.8 is compared with probability 1 − (1 − 0.8⁶)²¹ = 0.998. Each candidate is then checked exactly, so nothing below
 * the threshold is joined directly. Time is linear in the characters.
 *
 * @param texts distinct normalized texts
 * @param onProgress share of the work that is done, 0 … 1
 */
export const joinNearDuplicates = (
  texts: readonly string[],
  onProgress: (share: number) => void = () => undefined,
): UnionFind => {
  const sets = new UnionFind(texts.length);
  const keys = bandKeys(texts, (done) => onProgress(done / texts.length / 2));
  const similar = jaccardAtLeast(texts, NEAR_DUPLICATE.threshold);
  const previous = new Int32Array(texts.length);
  const order = texts.map((_, i) => i).sort((a, b) => ((texts[a] as string) < (texts[b] as string) ? -1 : 1));
  for (let band = 0; band < BANDS; band++) {
    const last = new Map<number, number>();
    for (const [at, i] of order.entries()) {
      if (at % REPORT === 0) onProgress(0.5 + (band + at / texts.length) / BANDS / 2);
      const key = keys[i * BANDS + band] as number;
      previous[i] = last.get(key) ?? -1;
      last.set(key, i);
      for (let j = previous[i], seen = 0; j >= 0 && seen < BUCKET; j = previous[j] as number, seen++)
        if (sets.find(i) !== sets.find(j) && similar(i, j)) sets.union(i, j);
    }
  }
  return sets;
};

/** [texts, BANDS] hashes of the bands of each text's MinHash signature. */
const bandKeys = (texts: readonly string[], onProgress: (done: number) => void): Uint32Array => {
  const keys = new Uint32Array(texts.length * BANDS);
  const signature = new Uint32Array(BINS);
  texts.forEach((text, i) => {
    if (i % REPORT === 0) onProgress(i);
    signature.fill(EMPTY);
    eachShingle(text, (hash) => {
      const bin = hash >>> 25;
      if (hash < (signature[bin] as number)) signature[bin] = hash;
    });
    const full = densify(signature);
    for (let band = 0; band < BANDS; band++) {
      let key = band;
      for (let r = 0; r < ROWS; r++) key = mix(Math.imul(key, 31) ^ (full[band * ROWS + r] as number));
      keys[i * BANDS + band] = key;
    }
  });
  return keys;
};

/** Empty bins borrow from a bin chosen by hashing, the same one in every text. */
const densify = (signature: Uint32Array): Uint32Array => {
  if (!signature.includes(EMPTY)) return signature;
  const full = signature.slice();
  for (let bin = 0; bin < BINS; bin++)
    for (let attempt = 1; full[bin] === EMPTY && attempt < 100 * BINS; attempt++) {
      const from = signature[mix(bin * 0x9e3779b1 + attempt) >>> 25] as number;
      if (from !== EMPTY) full[bin] = mix(from + bin);
    }
  return full;
};

/** Final mixing of MurmurHash3: every input bit reaches every output bit. */
const mix = (value: number): number => {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

const BASE = 0x01000193;
const BASE_POWER = Array.from({ length: NEAR_DUPLICATE.shingle }).reduce<number>((power) => Math.imul(power, BASE), 1);

/** Hashes of all shingles by a rolling polynomial; a text shorter than a shingle is one shingle. */
const eachShingle = (text: string, visit: (hash: number) => void): void => {
  let h = 0;
  for (let i = 0; i < text.length; i++) {
    h = (Math.imul(h, BASE) + text.charCodeAt(i)) | 0;
    if (i >= NEAR_DUPLICATE.shingle) h = (h - Math.imul(text.charCodeAt(i - NEAR_DUPLICATE.shingle), BASE_POWER)) | 0;
    if (i >= NEAR_DUPLICATE.shingle - 1) visit(mix(h));
  }
  if (text.length < NEAR_DUPLICATE.shingle) visit(mix(h ^ 0x5bd1e995));
};

/** Exact comparison on sets of 32-bit shingle hashes. */
const jaccardAtLeast = (texts: readonly string[], threshold: number): ((i: number, j: number) => boolean) => {
  const cache = new Map<number, Uint32Array>();
  let held = 0;
  const shingles = (i: number): Uint32Array => {
    const known = cache.get(i);
    if (known) return known;
    const text = texts[i] as string;
    const hashes = new Uint32Array(Math.max(1, text.length - NEAR_DUPLICATE.shingle + 1));
    let count = 0;
    eachShingle(text, (hash) => (hashes[count++] = hash));
    const set = hashes.sort().filter((hash, at) => at === 0 || hash !== hashes[at - 1]);
    if ((held += set.length) > CACHE) {
      cache.clear();
      held = set.length;
    }
    cache.set(i, set);
    return set;
  };
  return (i, j) => {
    const [a, b] = [shingles(i), shingles(j)];
    if (Math.min(a.length, b.length) < threshold * Math.max(a.length, b.length)) return false;
    let common = 0;
    for (let x = 0, y = 0; x < a.length && y < b.length;) {
      const difference = (a[x] as number) - (b[y] as number);
      if (difference === 0) common++;
      if (difference <= 0) x++;
      if (difference >= 0) y++;
    }
    return common >= threshold * (a.length + b.length - common);
  };
};
