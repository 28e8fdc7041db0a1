import { SingleBar } from "cli-progress";
import { endpointWriter } from "../../../src/domain/questions/endpoint/endpointWriter.ts";
import { estimateRun, SAMPLE_PASSAGES, type Prices } from "../../../src/domain/questions/estimate.ts";
import type { Passage } from "../../../src/domain/questions/passage.ts";
import type { WritingEvent } from "../../../src/domain/questions/types.ts";
import { writeQuestions, type WriteOptions, type Written } from "../../../src/domain/questions/write.ts";
import type { DocumentFlags } from "./flags.ts";
import { ledgerFile } from "./ledgerFile.ts";

/** Between two lines where there is no terminal. */
const LINE_MS = 10_000;

/** Prices, where one was given. */
const pricesOf = (flags: DocumentFlags): Prices | undefined =>
  flags["price-in"] === undefined && flags["price-out"] === undefined
    ? undefined
    : { input: flags["price-in"] ?? 0, output: flags["price-out"] ?? 0 };

/**
 * Has an endpoint write about passages. The first twenty tell what all will take; `--estimate` ends behind them.
 *
 * @throws FatalWriterError and what else ends `writeQuestions`; the ledger keeps what came before
 */
export const writeByEndpoint = async (
  flags: DocumentFlags,
  passages: readonly Passage[],
  examples: readonly string[],
  ledgerPath: string,
  signal: AbortSignal,
): Promise<Written> => {
  const said = teller();
  const prices = pricesOf(flags);
  const options: WriteOptions = {
    passages,
    settings: { perPassage: flags["per-passage"], examples, seed: flags.seed },
    writer: endpointWriter({
      url: flags.endpoint ?? "",
      model: flags.model ?? "",
      key: process.env.GENERATION_KEY ?? null,
      concurrency: flags.concurrency,
      timeoutMs: flags.timeout * 1000,
      onWaiting: (milliseconds, reason) => said.event({ type: "waiting", milliseconds, reason }),
    }),
    ledger: ledgerFile(ledgerPath),
    limit: flags.limit,
    caps: { tokens: flags["cap-tokens"], cost: flags["cap-cost"], prices },
    signal,
    onEvent: said.event,
  };
  try {
    const before = performance.now();
    const first = await writeQuestions({ ...options, sample: SAMPLE_PASSAGES });
    const asked = first.entries.length - said.resumed();
    if (asked > 0)
      said.line(
        estimateLine(
          estimateRun(first.entries.slice(-asked), (performance.now() - before) / 1000, first.total, prices),
          first.total,
        ),
      );
    if (flags.estimate || first.stopped !== "sample") return first;
    return await writeQuestions(options);
  } finally {
    said.end();
  }
};

const estimateLine = ({ tokens, seconds, cost }: ReturnType<typeof estimateRun>, total: number): string =>
  `By the first ones, ${total.toLocaleString("en")} passages take about ${tokens.toLocaleString("en")} tokens, ${minutes(seconds)}${cost === null ? "" : ` and ${cost.toFixed(2)} at these prices`}.`;

const minutes = (seconds: number): string =>
  seconds <= 1 ? "a second" : seconds < 90 ? `${Math.ceil(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;

/** A bar on stderr; where that is no terminal, a line every ten seconds. */
const teller = ({ terminal = process.stderr.isTTY, now = () => performance.now() } = {}) => {
  const bar = new SingleBar({
    format: "questions [{bar}] {value}/{total} {note}",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: false,
  });
  let started = false;
  let resumed = 0;
  let saidAt = -LINE_MS;
  let note = "";
  const failed = new Map<string, number>();
  const line = (text: string): void => console.error(started && terminal ? `\n${text}` : text);
  const show = (done: number, total: number): void => {
    if (terminal && !started) bar.start(total, done, { note });
    started = true;
    bar.update(done, { note });
    if (terminal || (now() - saidAt < LINE_MS && done < total)) return;
    saidAt = now();
    console.error(`questions ${done}/${total}${note && `, ${note}`}`);
  };
  const event = (told: WritingEvent): void => {
    // The rest goes on after this run's own first passages, which is nothing to tell.
    if (told.type === "resumed" && resumed === 0 && !started) {
      line(`Going on after ${told.done} of ${told.total} passages.`);
      resumed = told.done;
    }
    if (told.type === "waiting") note = `waiting ${Math.ceil(told.milliseconds / 1000)} s (${told.reason})`;
    if (told.type === "capped") line(`The cap is reached after ${told.done} of ${told.total} passages.`);
    if (told.type !== "passage") return;
    note = "";
    if (told.entry.outcome === "failed") {
      const { message } = told.entry.problem;
      if (!failed.has(message)) line(`A passage failed: ${message}`);
      failed.set(message, (failed.get(message) ?? 0) + 1);
    }
    show(told.done, told.total);
  };
  return { event, line, resumed: () => resumed, end: () => bar.stop() };
};
