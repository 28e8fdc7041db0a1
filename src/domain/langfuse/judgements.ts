import type { Verdict } from "../judged/types.ts";
import { verdictOf, type Rules } from "./rule.ts";
import type { TraceScore } from "./types.ts";

/** What became of the scores that were read. */
export interface ScoreCounts {
  read: number;
  good: number;
  bad: number;
  /** Values that neither rule names. */
  neither: number;
  /** About a session or an experiment, which no single retrieval belongs to. */
  elsewhere: number;
}

/**
 * Scores as verdicts about observations and traces; it holds ids alone. A retrieval's own scores go before those of its trace, whose
 * verdict holds for every retrieval in it. Judges who disagree give both verdicts.
 */
export class Judgements {
  readonly #verdicts = { trace: new Map<string, Set<Verdict>>(), observation: new Map<string, Set<Verdict>>() };
  readonly counts: ScoreCounts = { read: 0, good: 0, bad: 0, neither: 0, elsewhere: 0 };

  constructor(private readonly rules: Rules) {}

  add({ value, subject }: TraceScore): void {
    this.counts.read++;
    if (!subject) return void this.counts.elsewhere++;
    const verdict = verdictOf(value, this.rules);
    this.counts[verdict ?? "neither"]++;
    if (!verdict) return;
    const known = this.#verdicts[subject.kind];
    const said = known.get(subject.id) ?? new Set();
    known.set(subject.id, said.add(verdict));
  }

  /** Empty where nobody judged. */
  of(observationId: string, traceId: string | null): Verdict[] {
    const own = this.#verdicts.observation.get(observationId);
    const said = own ?? (traceId === null ? undefined : this.#verdicts.trace.get(traceId));
    return said ? [...said] : [];
  }

  /** Observations and traces with a verdict. */
  get size(): number {
    return this.#verdicts.trace.size + this.#verdicts.observation.size;
  }
}
