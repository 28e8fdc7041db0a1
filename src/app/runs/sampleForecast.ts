import { createStore, type StoreApi } from "zustand/vanilla";
import { estimateTokens } from "../../domain/dataset/doctor/lengths.ts";
import { at } from "../../domain/present.ts";
import { unpackRunTexts, type RunTexts } from "../../domain/run/texts.ts";
import { planPreset } from "../../domain/training/preset/presets.ts";
import { PROMPT_TOKENS, softwareSeconds } from "../../domain/training/preset/softwareSpeed.ts";
import { seal } from "../../worker/rpc.ts";
import { BASES } from "../device/bases.ts";
import type { EngineStore } from "../device/store.ts";
import type { ShippedRunSource } from "./finishedRun.ts";
import type { LiveRunStore } from "./liveStore.ts";
import type { EngineService } from "./ports.ts";

/** How long the default run on the sample takes here, for the button that starts it. */
export interface SampleForecastState {
  /** From start to verdict; null while unknown, and where it cannot be told. */
  seconds: number | null;
  /**
   * Finds out, once, in the background: without a hardware GPU by the planner's numbers, else by a few steps on the shipped run's texts. A
   * failure leaves it unknown, since the button does without.
   */
  find(): Promise<void>;
  /** Gives up measuring; what is known stays. */
  stop(): void;
}
export type SampleForecastStore = StoreApi<SampleForecastState>;

export interface SampleForecastPorts {
  source: Pick<ShippedRunSource, "file">;
  engine: Pick<EngineService, "dryRun" | "stop">;
}

const tokensOf = (texts: readonly string[], prompt = 0): number =>
  texts.reduce((sum, text) => sum + estimateTokens(text) + prompt, 0);
const queriesOf = (task: RunTexts["dev"]): string[] => task?.queries.map(({ text }) => text) ?? [];

export const createSampleForecastStore = (
  { source, engine }: SampleForecastPorts,
  engineStore: EngineStore,
  live: LiveRunStore,
): SampleForecastStore => {
  const base = at(BASES, 0);
  let measuring = false;

  /** The default preset's run on these texts. */
  const planned = (texts: RunTexts, slow: boolean) => {
    const train =
      tokensOf(
        texts.examples.map(({ query }) => query),
        PROMPT_TOKENS,
      ) + tokensOf(texts.examples.map(({ positive }) => positive));
    const pairs = texts.examples.length;
    const size = { pairs, documents: texts.test.corpus.length, tokensPerPair: train / pairs, slow };
    return { train, values: planPreset("balanced", base, size).values };
  };

  const byPlan = (texts: RunTexts): number => {
    const { train, values } = planned(texts, true);
    const steps = Math.ceil(texts.examples.length / values.batchSize) * values.epochs;
    return softwareSeconds(base, values, Math.ceil(steps / values.evaluateEvery), {
      train,
      documents: tokensOf(texts.test.corpus),
      devQueries: tokensOf(queriesOf(texts.dev), PROMPT_TOKENS),
      testQueries: tokensOf(queriesOf(texts.test), PROMPT_TOKENS),
    });
  };

  const byMeasurement = async (texts: RunTexts, file: Uint8Array<ArrayBuffer>): Promise<number> => {
    await engineStore.getState().requireBase(base.ref);
    const request = { hyperparameters: planned(texts, false).values, instruction: null };
    const { plan, pairsPerSecond, textsPerSecond } = await engine.dryRun(request, seal(file));
    const scored = (task: RunTexts["dev"]): number => (task ? task.queries.length + task.corpus.length : 0);
    return (
      plan.pairs / pairsPerSecond + (2 * scored(texts.test) + plan.devScorings * scored(texts.dev)) / textsPerSecond
    );
  };

  return createStore<SampleForecastState>((set, get) => ({
    seconds: null,
    async find() {
      const { device } = engineStore.getState();
      if (get().seconds !== null || measuring || !device || live.getState().live) return;
      measuring = true;
      try {
        const file = await source.file("texts.safetensors");
        const texts = unpackRunTexts(file);
        set({ seconds: device.slow ? byPlan(texts) : await byMeasurement(texts, file) });
      } catch {
        set({ seconds: null }); // The run itself says what is wrong.
      } finally {
        measuring = false;
      }
    },
    stop() {
      if (measuring) void engine.stop();
    },
  }));
};
