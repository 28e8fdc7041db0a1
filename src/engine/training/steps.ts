import { StudioError } from "../../domain/errors.ts";
import type { Hyperparameters, RunEvent } from "../../domain/training/types.ts";
import { yieldToEventLoop } from "../../domain/yieldToEventLoop.ts";
import type { LoadedBase } from "../model/base.ts";
import type { RunControl } from "./control.ts";
import { earlyStop } from "./devScore.ts";
import { Throughput } from "./throughput.ts";
import type { Trainer } from "./trainer.ts";

/** Steps until the end, an early stop by dev, a stop, or a step that is not finite; serves pauses and checkpoints between steps. */
export const trainToTheEnd = async (
  base: LoadedBase,
  trainer: Trainer,
  settings: Hyperparameters,
  control: RunControl,
  scoreNow: ((step: number) => Promise<void>) | null,
  onEvent: (event: RunEvent) => void,
): Promise<void> => {
  const { session } = base;
  const lost = session.lost.then((error) => Promise.reject(error));
  lost.catch(() => undefined);
  const throughput = new Throughput();
  while (!trainer.finished && !control.stopRequested && !earlyStop(trainer, settings)) {
    await between(trainer, control, throughput, onEvent);
    if (control.stopRequested) break;
    const began = performance.now();
    try {
      const { pairs, tokens, ...step } = await Promise.race([trainer.step(), lost]);
      const failure = session.failure();
      if (failure) throw failure;
      control.stepsDone = trainer.stepsDone;
      throughput.add(pairs, tokens, (performance.now() - began) / 1000);
      const etaSeconds = throughput.secondsFor(trainer.pairsLeft);
      const { pairsPerSecond, tokensPerSecond } = throughput;
      onEvent({
        type: "step",
        report: { ...step, tokens, pairsPerSecond, tokensPerSecond, etaSeconds, bytes: session.memory().bytes },
      });
      onEvent({ type: "stage", stage: "train", done: trainer.stepsDone, total: trainer.totalSteps, etaSeconds });
    } catch (error) {
      if (!(error instanceof StudioError) || error.code !== "training-diverged" || trainer.stepsDone === 0) throw error;
      onEvent({ type: "warning", code: error.code, message: error.message, hint: error.hint });
      return;
    }
    if (scoreNow && trainer.isDevStep(settings.evaluateEvery)) await scoreNow(trainer.stepsDone);
    await yieldToEventLoop();
  }
  await control.serve(() => trainer.checkpoint());
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
