import type { PickTarget } from "../app/forms/ports.ts";

/** Part of the platform in Chromium only, and not of TypeScript's library. */
interface Picker {
  showSaveFilePicker?(options: {
    suggestedName: string;
    types: { description: string; accept: Record<string, string[]> }[];
  }): Promise<FileSystemFileHandle>;
}

/** The browser's own dialog for where a zip goes. */
export const pickTarget: PickTarget = async (name) => {
  const picker = window as Picker;
  if (!picker.showSaveFilePicker) return null;
  try {
    const types = [{ description: "Zip", accept: { "application/zip": [".zip"] } }];
    return await picker.showSaveFilePicker({ suggestedName: name, types });
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === "AbortError") return "cancelled";
    // Where a page may not show it (in a frame, or under a policy), the browser's own download does.
    if (thrown instanceof DOMException && thrown.name === "SecurityError") return null;
    throw thrown;
  }
};
