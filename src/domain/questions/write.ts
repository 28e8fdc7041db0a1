import { estimateTokens } from "../dataset/doctor/lengths.ts";
import { StudioError, toProblem } from "../errors.ts";
import { sha256List } from "../text/index.ts";
import { parseAnswer } from "./answer.ts";
import { spend, spentBy, type Caps, type Spent } from "./estimate.ts";
import { FatalWriterError } from "./fatal.ts";
import type { Passage } from "./passage.ts";
import { planPrompts, type PlannedPrompts, type PromptSettings } from "./prompts.ts";
import type { Ledger, LedgerEntry, WritingEvent } from "./types.ts";
import type { ChatPrompt, Writer } from "./writer.ts";

export interface WriteOptions {
  passages: readonly Passage[];
  settings: PromptSettings;
  writer: Writer;
  ledger: Ledger;
  /** Passages to look at in all; the others are left out. */
  limit?: number;
  /** Ends after so many in all: a sample before the rest is asked. */
  sample?: number;
  caps?: Caps;
  signal?: AbortSignal;
  onEvent?: (event: WritingEvent) => void;
}

export interface Written {
  /** One for each passage that was looked at, in the order of the plan. */
  entries: LedgerEntry[];
  /** Passages of the plan. */
  total: number;
  /** Why it ended before the last passage; null when it did not. */
  stopped: "sample" | "cap" | "aborted" | null;
  /** SHA-256 of what the prompts share. */
  promptHash: string;
}

/** So many failures on end are the endpoint's and not the passages'. */
const FAILURES_IN_A_ROW = 20;
/** Fewer letters and digits hold nothing to ask. */
const LEAST_CHARACTERS = 30;

/**
 * Asks a writer about every passage. What is done goes into the ledger as it comes, and a ledger of the same prompts is gone
 * on with; its failed passages are asked again. An abort ends it with what there is.
 *
 * @throws FatalWriterError when every passage would fail; StudioError `ledger-of-another-run`. The ledger keeps what came before.
 */
export const writeQuestions = async (options: WriteOptions): Promise<Written> => {
  const { writer, ledger, onEvent = () => undefined } = options;
  const plan = planPrompts(options.passages, options.settings);
  const total = Math.min(options.limit ?? Infinity, plan.passages.length);
  const entries = await resume(ledger, ledgerKey(plan, writer.model, options.settings), plan);
  if (entries.size > 0) onEvent({ type: "resumed", done: entries.size, total });
  const run = new Run(options, plan, entries, total);
  await run.all();
  const looked = plan.passages.slice(0, total).flatMap(({ id }) => entries.get(id) ?? []);
  return { entries: looked, total, stopped: run.stopped, promptHash: plan.hash };
};

class Run {
  stopped: Written["stopped"] = null;
  #place = 0;
  #begun = 0;
  #failures = 0;
  readonly #spent: Spent;
  #underWay = 0;
  #appended: Promise<void> = Promise.resolve();
  readonly #end = new AbortController();

  constructor(
    private readonly options: WriteOptions,
    private readonly plan: PlannedPrompts,
    private readonly entries: Map<string, LedgerEntry>,
    private readonly total: number,
  ) {
    this.#spent = spentBy(entries.values(), options.caps?.prices);
    this.#begun = entries.size;
  }

  async all(): Promise<void> {
    const { writer, signal } = this.options;
    const stop = (): void => this.#end.abort(signal?.reason);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    try {
      const ends = await Promise.allSettled(Array.from({ length: writer.concurrency }, () => this.#work()));
      const failed = ends.find((end) => end.status === "rejected");
      if (signal?.aborted) this.stopped = "aborted";
      else if (failed) throw failed.reason;
    } finally {
      signal?.removeEventListener("abort", stop);
      await this.#appended;
    }
  }

  async #work(): Promise<void> {
    for (let place = this.#next(); place !== null; place = this.#next()) {
      this.#underWay++;
      try {
        await this.#settle(await this.#lookAt(place));
      } catch (thrown) {
        this.#end.abort(thrown);
        throw thrown;
      } finally {
        this.#underWay--;
      }
    }
  }

  /** The next passage that has no entry yet; null at the end, at the cap, after the sample, and once one of the workers failed. */
  #next(): number | null {
    const { sample = Infinity, onEvent } = this.options;
    while (this.#place < this.total && this.entries.has(this.#idAt(this.#place))) this.#place++;
    if (this.#end.signal.aborted || this.#place >= this.total || this.stopped) return null;
    if (this.#begun >= sample) {
      this.stopped = "sample";
      return null;
    }
    if (this.#wouldExceed()) {
      this.stopped = "cap";
      onEvent?.({ type: "capped", done: this.entries.size, total: this.total });
      return null;
    }
    this.#begun++;
    return this.#place++;
  }

  /** What is under way counts as much as a passage did on average so far, so that the cap is not passed by it. */
  #wouldExceed(): boolean {
    const { caps } = this.options;
    const { tokens, cost, passages } = this.#spent;
    const planned = 1 + (this.#underWay + 1) / Math.max(1, passages);
    return tokens * planned > (caps?.tokens ?? Infinity) || cost * planned > (caps?.cost ?? Infinity);
  }

  #idAt(place: number): string {
    return this.plan.passages[place]?.id ?? "";
  }

  async #lookAt(place: number): Promise<LedgerEntry> {
    const passage = this.plan.passages[place];
    const nothing = { passage: this.#idAt(place), inputTokens: 0, outputTokens: 0 };
    if (!passage || (passage.text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) < LEAST_CHARACTERS)
      return { ...nothing, outcome: "skipped", reason: "too-short" };
    return askAbout(this.options, passage.id, this.plan.promptAt(place), this.#end.signal);
  }

  async #settle(entry: LedgerEntry): Promise<void> {
    const { ledger, caps, onEvent } = this.options;
    this.entries.set(entry.passage, entry);
    spend(this.#spent, entry, caps?.prices);
    this.#appended = this.#appended.then(() => ledger.append(entry));
    await this.#appended;
    onEvent?.({ type: "passage", entry, done: this.entries.size, total: this.total });
    this.#failures = entry.outcome === "failed" ? this.#failures + 1 : entry.outcome === "written" ? 0 : this.#failures;
    if (entry.outcome === "failed" && this.#failures >= FAILURES_IN_A_ROW)
      throw new FatalWriterError(
        "writer-keeps-failing",
        `${FAILURES_IN_A_ROW} passages failed on end, the last so: ${entry.problem.message}`,
        `${entry.problem.hint} What was written so far is kept.`,
      );
  }
}

/** One passage's entry. @throws FatalWriterError, and the signal's reason once it aborts */
const askAbout = async (
  { writer, settings }: WriteOptions,
  passage: string,
  prompt: ChatPrompt,
  signal: AbortSignal,
): Promise<LedgerEntry> => {
  const used = { passage, inputTokens: 0, outputTokens: 0 };
  try {
    const answer = await writer.ask(prompt, signal);
    used.inputTokens = answer.inputTokens ?? estimateTokens(prompt.system) + estimateTokens(prompt.user);
    used.outputTokens = answer.outputTokens ?? estimateTokens(answer.text);
    const questions = parseAnswer(answer.text, settings.perPassage);
    return questions.length > 0
      ? { ...used, outcome: "written", questions }
      : { ...used, outcome: "skipped", reason: "nothing-to-ask" };
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof StudioError) || thrown instanceof FatalWriterError) throw thrown;
    return { ...used, outcome: "failed", problem: toProblem(thrown) };
  }
};

/** What a ledger already holds, without what failed; begins one where there is none. */
const resume = async (ledger: Ledger, key: string, plan: PlannedPrompts): Promise<Map<string, LedgerEntry>> => {
  const found = await ledger.read();
  if (!found) await ledger.begin({ version: 1, key, passages: plan.passages.length });
  else if (found.header.key !== key)
    throw new StudioError(
      "ledger-of-another-run",
      "What was begun here belongs to other documents, examples, settings or another model.",
      "Go on with the earlier settings, or begin anew elsewhere.",
    );
  const entries = new Map((found?.entries ?? []).map((entry) => [entry.passage, entry]));
  for (const [id, entry] of entries) if (entry.outcome === "failed") entries.delete(id);
  return entries;
};

/** Covers all that decides the answers: model, seed, what the prompts share, and every passage. */
const ledgerKey = (plan: PlannedPrompts, model: string, { seed, perPassage }: PromptSettings): string =>
  sha256List([
    model,
    String(seed),
    String(perPassage),
    plan.hash,
    ...plan.passages.flatMap(({ id, title, heading, text }) => [id, title ?? "", heading ?? "", text]),
  ]);
