import { createStore, type StoreApi } from "zustand/vanilla";
import type { SettingsStorage } from "../runs/ports.ts";

/** The person's own choices about the page, kept over reloads. */
export interface Settings {
  /** Shortcuts of a single key (`j`, `k`, `?`); chords with Ctrl or ⌘ always work. */
  singleKeys: boolean;
}
export interface SettingsState extends Settings {
  change(patch: Partial<Settings>): void;
}
export type SettingsStore = StoreApi<SettingsState>;

const KEY = "recall-studio.settings";
const DEFAULTS: Settings = { singleKeys: true };

/** Stored settings over the defaults; what cannot be read is as if it had never been stored. */
const stored = (text: string | null): Settings => {
  if (text === null) return DEFAULTS;
  try {
    const value = JSON.parse(text) as Partial<Settings> | null;
    return { singleKeys: typeof value?.singleKeys === "boolean" ? value.singleKeys : DEFAULTS.singleKeys };
  } catch {
    return DEFAULTS;
  }
};

export const createSettingsStore = (storage: SettingsStorage): SettingsStore =>
  createStore<SettingsState>((set, get) => ({
    ...stored(storage.read(KEY)),
    change(patch) {
      set(patch);
      const { singleKeys } = get();
      storage.write(KEY, JSON.stringify({ singleKeys } satisfies Settings));
    },
  }));
