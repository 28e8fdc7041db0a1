import type { SettingsStorage } from "../app/settings/persistent.ts";

/** localStorage; where it is forbidden, settings last as long as the page. */
const memory = new Map<string, string>();
export const settingsStorage: SettingsStorage = {
  read(key) {
    try {
      return localStorage.getItem(key) ?? memory.get(key) ?? null;
    } catch {
      return memory.get(key) ?? null;
    }
  },
  write(key, value) {
    memory.set(key, value);
    try {
      localStorage.setItem(key, value);
    } catch {
      // Kept in memory above.
    }
  },
};
