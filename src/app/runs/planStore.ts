import { persist } from "zustand/middleware";
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  planPreset,
  PRESETS,
  UNKNOWN_SIZE,
  type PresetName,
  type RunSize,
} from "../../domain/training/preset/presets.ts";
import type { Hyperparameters } from "../../domain/training/types.ts";
import { at } from "../../domain/present.ts";
import { baseByKey, BASES, type BaseOffer } from "../device/bases.ts";
import { persistent, type SettingsStorage } from "../settings/persistent.ts";

/** The next run as it is being set up. Kept over reloads, so that nothing typed is lost. */
export interface RunPlan {
  baseKey: string;
  preset: PresetName;
  /** Only what differs from the preset. */
  changes: Partial<Hyperparameters>;
  /** The task sentence; empty keeps the base's own. */
  instruction: string;
}
export interface RunPlanState extends RunPlan {
  /** What the presets depend on: the data set that is open, and the device. Not stored. */
  size: RunSize;
  setSize(size: RunSize): void;
  chooseBase(key: string): void;
  choosePreset(preset: PresetName): void;
  setInstruction(instruction: string): void;
  /** A value equal to the preset's is no change. */
  change<K extends keyof Hyperparameters>(field: K, value: Hyperparameters[K]): void;
  reset(field: keyof Hyperparameters): void;
  resetAll(): void;
}
export type RunPlanStore = StoreApi<RunPlanState>;

const EMPTY: RunPlan = { baseKey: at(BASES, 0).key, preset: "balanced", changes: {}, instruction: "" };

/** The values a plan stands for. */
export const planned = (
  plan: RunPlan & { size?: RunSize },
): { base: BaseOffer; preset: Hyperparameters; values: Hyperparameters } => {
  const base = baseByKey(plan.baseKey);
  const preset = planPreset(plan.preset, base, plan.size ?? UNKNOWN_SIZE).values;
  return { base, preset, values: { ...preset, ...plan.changes } };
};

/** The plan with one field set, and no change where it equals the preset. */
const withChange = <K extends keyof Hyperparameters>(
  plan: RunPlan & { size?: RunSize },
  field: K,
  value: Hyperparameters[K],
): RunPlan => {
  const { [field]: _, ...others } = plan.changes;
  const same = JSON.stringify(planned(plan).preset[field]) === JSON.stringify(value);
  return { ...plan, changes: same ? others : { ...others, [field]: value } };
};

/** A stored plan; a field that is not what it should be falls back to the default's. */
const readPlan = (stored: unknown): RunPlan => {
  const { baseKey, preset, changes, instruction } = { ...(stored as Partial<RunPlan> | null) };
  return {
    baseKey: baseByKey(String(baseKey)).key,
    preset: preset && preset in PRESETS ? preset : EMPTY.preset,
    // A field that was left without a number is stored as null.
    changes: Object.fromEntries(Object.entries({ ...changes }).filter(([, value]) => value !== null)),
    instruction: typeof instruction === "string" ? instruction : "",
  };
};

const kept = ({ baseKey, preset, changes, instruction }: RunPlan): RunPlan => ({
  baseKey,
  preset,
  changes,
  instruction,
});

export const createRunPlanStore = (storage: SettingsStorage): RunPlanStore =>
  createStore<RunPlanState>()(
    persist(
      (set, get) => ({
        ...EMPTY,
        size: UNKNOWN_SIZE,
        setSize: (size) => set({ size }),
        chooseBase: (baseKey) => set({ baseKey }),
        choosePreset: (preset) => set({ preset, changes: {} }),
        setInstruction: (instruction) => set({ instruction }),
        change: (field, value) => set({ changes: withChange(get(), field, value).changes }),
        reset: (field) => set({ changes: withChange(get(), field, planned(get()).preset[field]).changes }),
        resetAll: () => set({ changes: {} }),
      }),
      persistent<RunPlanState, RunPlan>(storage, "recall-studio.plan", kept, readPlan),
    ),
  );
