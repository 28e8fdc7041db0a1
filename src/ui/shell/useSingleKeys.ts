import { useEffect, useRef } from "react";
import { useSettings } from "../../app/settings/hooks.ts";

/** Where keys mean text or have a meaning of their own. */
const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest("input, textarea, select, [role=dialog], [role=slider]") !== null);

/** Shortcuts of a single key. They rest inside inputs and dialogs, with modifiers, and when switched off. */
export const useSingleKeys = (handlers: Record<string, () => void>): void => {
  const enabled = useSettings((state) => state.singleKeys);
  const latest = useRef(handlers);
  useEffect(() => {
    latest.current = handlers;
  });
  useEffect(() => {
    if (!enabled) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
      const handler = latest.current[event.key];
      if (!handler) return;
      event.preventDefault();
      handler();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [enabled]);
};
