import { useEffect, useState } from "react";

/** Gives the keyboard back to what had it when the component appeared, once it is gone: for dialogs that are mounted only while open. */
export const useFocusBack = (): void => {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    },
    [before],
  );
};
