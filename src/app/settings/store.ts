import { persist } from "zustand/middleware";
import { createStore, type StoreApi } from "zustand/vanilla";
import { persistent, type SettingsStorage } from "./persistent.ts";

/** The person's own choices about the page, kept over reloads. */
export interface Settings {
  /** Shortcuts of a single key (`j`, `k`, `?`); chords with Ctrl or ⌘ always work. */
  singleKeys: boolean;
}
export interface SettingsState extends Settings {
  change(patch: Partial<Settings>): void;
}
export type SettingsStore = StoreApi<SettingsState>;

const DEFAULTS: Settings = { singleKeys: true };

/** Stored settings over the defaults. */
const read = (stored: unknown): Settings => {
  const { singleKeys } = { ...(stored as Partial<Settings> | null) };
  return { singleKeys: typeof singleKeys === "boolean" ? singleKeys : DEFAULTS.singleKeys };
};

export const createSettingsStore = (storage: SettingsStorage): SettingsStore =>
  createStore<SettingsState>()(
    persist(
      (set) => ({ ...DEFAULTS, change: (patch) => set(patch) }),
      persistent(storage, "recall-studio.settings", ({ singleKeys }): Settings => ({ singleKeys }), read),
    ),
  );
