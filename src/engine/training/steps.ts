import { StudioError } from "../../domain/errors.ts";
import type { Hyperparameters, RunEvent } from "../../domain/training/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import type { LoadedBase } from "../model/base.ts";
import type { RunControl } from "./control.ts";
import { earlyStop } from "./devScore.ts";
import { Throughput } from "./throughput.ts";
import type { StepResult, Trainer } from "./trainer.ts";

/**
 * Steps until the end, an early stop by dev, a stop, or a step that is not finite; serves pauses and checkpoints between steps. On a GPU a
 * step is recorded while the one before still runs, and reported when its numbers are back; whatever looks at the weights waits for that.
 */
export const trainToTheEnd = async (
  base: LoadedBase,
  trainer: Trainer,
  settings: Hyperparameters,
  control: RunControl,
  scoreNow: ((step: number) => Promise<void>) | null,
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  try {
    await runSteps(base, trainer, settings, control, scoreNow, onEvent);
  } catch (error) {
    if (!(error instanceof StudioError)) await base.session.kernels.finish(); // tells a device's fault by its name
    if (!(error instanceof StudioError) || error.code !== "training-diverged" || trainer.stepsDone === 0) throw error;
    onEvent({ type: "warning", code: error.code, message: error.message, hint: error.hint });
    return;
  }
  await control.serve(() => trainer.checkpoint());
};

const runSteps = async (
  { session }: LoadedBase,
  trainer: Trainer,
  settings: Hyperparameters,
  control: RunControl,
  scoreNow: ((step: number) => Promise<void>) | null,
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  const lost = session.lost.then((error) => Promise.reject(error));
  lost.catch(() => undefined);
  const throughput = new Throughput();
  let since = performance.now();
  const report = ({ pairs, tokens, ...step }: StepResult): void => {
    const failure = session.failure();
    if (failure) throw failure;
    control.stepsDone = trainer.stepsDone;
    const now = performance.now();
    throughput.add(pairs, tokens, (now - since) / 1000);
    since = now;
    const etaSeconds = throughput.secondsFor(trainer.pairsLeft);
    const { pairsPerSecond, tokensPerSecond } = throughput;
    onEvent({
      type: "step",
      report: { ...step, tokens, pairsPerSecond, tokensPerSecond, etaSeconds, bytes: session.memory().bytes },
    });
    onEvent({ type: "stage", stage: "train", done: trainer.stepsDone, total: trainer.totalSteps, etaSeconds });
  };
  // The processor's own backends are done with a step when it is recorded.
  const overlap = session.kernels.path === "wgsl";
  let reported: Promise<void> = Promise.resolve();
  while (!trainer.allBegun && !control.stopRequested && !earlyStop(trainer, settings)) {
    if (control.wanted) {
      await reported;
      await between(trainer, control, throughput, onEvent);
      since = performance.now();
      if (control.stopRequested) break;
    }
    const { result } = await Promise.race([trainer.begin(), lost]);
    const before = reported;
    reported = Promise.race([result, lost]).then(report);
    reported.catch(() => undefined); // awaited below, perhaps a step later
    await before;
    const score = scoreNow && trainer.isDevStep(settings.evaluateEvery) ? scoreNow : null;
    if (score || !overlap) await reported;
    if (score) {
      await score(trainer.stepsDone);
      since = performance.now();
    }
    await yieldToEventLoop();
  }
  await reported;
};

const between = async (
  trainer: Trainer,
  control: RunControl,
  throughput: Throughput,
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  await control.serve(() => trainer.checkpoint());
  if (!control.pauseRequested) return;
  onEvent({ type: "paused" });
  while (control.pauseRequested) {
    await control.sleep();
    await control.serve(() => trainer.checkpoint());
  }
  onEvent({ type: "resumed" });
  throughput.restart();
};
