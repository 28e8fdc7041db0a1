import { useEffect, useRef, useState } from "react";

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;

/** Files dropped anywhere on the window; whether some are being dragged over it. */
export const useWindowDrop = (onDrop: (files: File[]) => void): boolean => {
  const [over, setOver] = useState(false);
  const latest = useRef(onDrop);
  useEffect(() => {
    latest.current = onDrop;
  });
  useEffect(() => {
    /** Every element under the pointer enters and leaves; the window is left when the counts meet. */
    let depth = 0;
    const leave = () => {
      depth = 0;
      setOver(false);
    };
    const listeners: [string, (event: DragEvent) => void][] = [
      [
        "dragenter",
        (event) => {
          if (carriesFiles(event) && ++depth === 1) setOver(true);
        },
      ],
      [
        "dragleave",
        (event) => {
          if (carriesFiles(event) && --depth <= 0) leave();
        },
      ],
      // Without this the browser opens the file instead.
      ["dragover", (event) => carriesFiles(event) && event.preventDefault()],
      [
        "drop",
        (event) => {
          if (!carriesFiles(event)) return;
          event.preventDefault();
          leave();
          latest.current([...(event.dataTransfer?.files ?? [])]);
        },
      ],
    ];
    for (const [name, listener] of listeners) window.addEventListener(name, listener as EventListener);
    return () => {
      for (const [name, listener] of listeners) window.removeEventListener(name, listener as EventListener);
    };
  }, []);
  return over;
};
