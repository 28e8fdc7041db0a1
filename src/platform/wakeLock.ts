import type { WakeLock } from "../app/runs/ports.ts";

/** Keeps the screen on while a run is under way. The browser drops the lock when the tab is hidden: it is taken again. */
export const wakeLock: WakeLock = {
  async acquire(onHidden) {
    let held: WakeLockSentinel | null = null;
    let released = false;
    const take = async () => {
      if (released || !("wakeLock" in navigator)) return;
      // Refused on low battery or by policy; the run goes on all the same.
      held = await navigator.wakeLock.request("screen").catch(() => null);
      if (released) await held?.release();
    };
    const changed = () => (document.visibilityState === "visible" ? void take() : onHidden());
    document.addEventListener("visibilitychange", changed);
    if (document.visibilityState === "visible") await take();
    return async () => {
      released = true;
      document.removeEventListener("visibilitychange", changed);
      await held?.release();
    };
  },
};
