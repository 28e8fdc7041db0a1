import type { PersistOptions, StorageValue } from "zustand/middleware";

/** Small settings, kept over reloads. */
export interface SettingsStorage {
  read(key: string): string | null;
  write(key: string, value: string): void;
}

/**
 * Options of zustand's `persist` for a store of which `kept` survives a reload.
 *
 * @param key   name in the storage
 * @param read  makes the kept part of what lies in the storage, whatever that is; never throws
 */
export const persistent = <State, Kept>(
  storage: SettingsStorage,
  key: string,
  kept: (state: State) => Kept,
  read: (stored: unknown) => Kept,
): PersistOptions<State, Kept> => ({
  name: key,
  storage: {
    getItem: (name) => unwrapped<Kept>(storage.read(name)),
    setItem: (name, value) => storage.write(name, JSON.stringify(value)),
    removeItem: (name) => storage.write(name, "null"),
  },
  partialize: kept,
  merge: (stored, state) => ({ ...state, ...read(stored) }),
});

/** Earlier versions stored the bare value; `persist` wraps it. What cannot be parsed is as if it had never been stored. */
const unwrapped = <Kept>(text: string | null): StorageValue<Kept> | null => {
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as unknown;
    if (value === null) return null;
    return typeof value === "object" && "state" in value ? (value as StorageValue<Kept>) : { state: value as Kept };
  } catch {
    return null;
  }
};
