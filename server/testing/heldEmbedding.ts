import { Embedder } from "../serving/embedder.ts";

/** Who embeds in the background waits here. */
export interface Gate {
  /** Lets so many batches through, those that wait first. */
  pass(batches: number): void;
  /** Lets everything through from now on. */
  open(): void;
}

/**
 * Holds every background batch of this process before it is embedded, so that a job stands still where a test wants it, however fast
 * the machine is. A batch whose work is stopped goes away from the gate.
 */
export const holdBackground = (): Gate => {
  const waiting = new Set<() => void>();
  let free = 0;
  const held = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const go = () => {
        waiting.delete(go);
        resolve();
      };
      waiting.add(go);
      signal?.addEventListener("abort", () => (waiting.delete(go), reject(signal.reason as Error)), { once: true });
    });
  const { embed } = Object.getOwnPropertyDescriptors(Embedder.prototype);
  const real = embed.value as Embedder["embed"];
  Embedder.prototype.embed = async function (texts, kind, options) {
    if (options.lane === "background") {
      if (free > 0) free -= 1;
      else await held(options.signal);
    }
    return real.call(this, texts, kind, options);
  };
  return {
    pass(batches) {
      const first = [...waiting].slice(0, batches);
      free += batches - first.length;
      for (const go of first) go();
    },
    open() {
      Embedder.prototype.embed = real;
      for (const go of waiting) go();
    },
  };
};
