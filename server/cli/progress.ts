import { SingleBar } from "cli-progress";
import { earlyStopSentence } from "../../src/domain/training/earlyStop.ts";
import type { DevScore, RunEvent, StepReport } from "../../src/domain/training/types.ts";

/** Between two lines of a stage where there is no terminal, so that a log stays short and still shows that something happens. */
const LINE_MS = 10_000;

/** A bar a stage, on stderr; where that is no terminal, a line at its start and one every ten seconds. */
export const progress = (
  log: (step: StepReport) => void,
  { terminal = process.stderr.isTTY, now = () => performance.now() } = {},
): ((event: RunEvent) => void) => {
  const bar = new SingleBar({
    format: "{stage} [{bar}] {value}/{total} {note}",
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: false,
  });
  let stage = "";
  let note = "";
  let saidAt = 0;
  return (event) => {
    if (event.type === "warning") console.error(`\n${event.message} ${event.hint}`);
    if (event.type === "dev")
      console.error(
        `\ndev after step ${event.score.step}: ${devLine(event.score)}${event.score.best ? ", the best" : ""}`,
      );
    if (event.type === "early-stop") console.error(`\n${earlyStopSentence(event.stop)}`);
    if (event.type === "step") {
      log(event.report);
      const { loss, pairsPerSecond, etaSeconds } = event.report;
      note = `loss ${loss.toFixed(4)}, ${pairsPerSecond.toFixed(1)} pairs/s, ${Math.ceil(etaSeconds)} s left`;
    }
    if (event.type !== "stage") return;
    if (event.stage !== stage) {
      bar.stop();
      stage = event.stage;
      note = "";
      saidAt = now();
      if (terminal) bar.start(event.total, 0, { stage: stage.padEnd(9), note });
      else console.error(stage);
    } else if (!terminal && now() - saidAt >= LINE_MS) {
      saidAt = now();
      console.error(`${stage} ${event.done}/${event.total}${note && `, ${note}`}`);
    }
    bar.update(event.done, { stage: stage.padEnd(9), note });
    if (event.done === event.total) bar.stop();
  };
};

const devLine = ({ metrics }: DevScore): string =>
  (["ndcg@10", "recall@10"] as const).map((name) => `${name} ${metrics[name].toFixed(4)}`).join(", ");
