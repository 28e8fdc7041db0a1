import type { WakeLock } from "../workflows/ports.ts";

/** Keeps the screen on while a run is under way. The browser drops the lock when the tab is hidden: it is taken again. */
export const wakeLock: WakeLock = {
  async acquire() {
    if (!("wakeLock" in navigator)) return async () => undefined;
    let held: WakeLockSentinel | null = null;
    let released = false;
    const take = async () => {
      if (released || document.visibilityState !== "visible") return;
      // Refused on low battery or by policy; the run goes on all the same.
      held = await navigator.wakeLock.request("screen").catch(() => null);
      if (released) await held?.release();
    };
    const again = () => void take();
    document.addEventListener("visibilitychange", again);
    await take();
    return async () => {
      released = true;
      document.removeEventListener("visibilitychange", again);
      await held?.release();
    };
  },
};
