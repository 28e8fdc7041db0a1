import { normalizeText, sha256List, sha256Text } from "../text/index.ts";
import type { Judged, JudgedCounts, JudgedPair, Verdict } from "./types.ts";

/** Hex digits of a source's hash that go with a pair: enough to find it again, and not to guess it. */
const HASH_DIGITS = 16;

interface Question {
  query: string;
  good: Map<string, string>;
  bad: Map<string, string>;
  judgedAt: string;
  sources: Set<string>;
}

/**
 * Folds judgements into pairs: one for each question, documents judged good as positives, those judged bad as hard negatives. A
 * document that is judged both ways stays on both sides, so that the data report asks about it. Only what was judged is held.
 */
export class PairFold {
  readonly #questions = new Map<string, Question>();
  readonly #ids = new Set<string>();

  /** The same source again changes nothing: pages may overlap where reading goes on. */
  add({ id, at, query, documents, negatives = [], verdicts }: Judged): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    const key = normalizeText(query);
    const known = this.#questions.get(key);
    const question = known ?? { query, good: new Map(), bad: new Map(), judgedAt: at, sources: new Set() };
    this.#questions.set(key, question);
    const put = (side: Map<string, string>, texts: readonly string[]) => {
      for (const text of texts) {
        const same = normalizeText(text);
        if (!side.has(same)) side.set(same, text);
      }
    };
    const said = (verdict: Verdict) => verdicts.includes(verdict);
    if (said("good")) put(question.good, documents);
    if (said("bad")) put(question.bad, documents);
    put(question.bad, negatives);
    question.sources.add(sha256Text(id).slice(0, HASH_DIGITS));
    if (Date.parse(at) > Date.parse(question.judgedAt)) question.judgedAt = at;
  }

  /** The pairs, oldest first. */
  pairs(): JudgedPair[] {
    return [...this.#questions.values()]
      .filter(({ good }) => good.size > 0)
      .map(({ query, good, bad, judgedAt, sources }) => ({
        query,
        positives: [...good.values()],
        negatives: [...bad.values()],
        judgedAt: new Date(judgedAt).toISOString(),
        sources: [...sources].sort(),
      }))
      .sort((a, b) => (a.judgedAt < b.judgedAt ? -1 : a.judgedAt > b.judgedAt ? 1 : 0));
  }

  counts(): JudgedCounts {
    const questions = [...this.#questions.values()];
    const whole = questions.filter(({ good }) => good.size > 0);
    const sum = (count: (question: Question) => number) => whole.reduce((total, one) => total + count(one), 0);
    return {
      judged: this.#ids.size,
      pairs: whole.length,
      positives: sum(({ good }) => good.size),
      negatives: sum(({ bad }) => bad.size),
      conflicts: sum(({ good, bad }) => [...bad.keys()].filter((text) => good.has(text)).length),
      onlyBad: questions.length - whole.length,
    };
  }

  /** How many sources there were, and one hash over their sorted ids: what provenance says of them. */
  sources(): { items: number; idsHash: string } {
    return { items: this.#ids.size, idsHash: sha256List([...this.#ids].sort()) };
  }
}
