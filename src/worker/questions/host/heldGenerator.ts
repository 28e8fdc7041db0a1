import type { Connected } from "../../rpc.ts";
import type { Generate, GeneratorService } from "../../generator/protocol.ts";

/** The page's model, kept between a sample and the rest. */
export interface HeldGenerator {
  /** Loads it where it is not loaded. Errors are those of {@link GeneratorService.load}; after one nothing is held. */
  open(
    host: string | null,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ): Promise<{ generate: Generate; slow: boolean }>;
  /** Gives its memory back. */
  release(): void;
}

/** @param start  begins a worker; its model is not loaded yet */
export const holdGenerator = (start: () => Connected<GeneratorService>): HeldGenerator => {
  let held: { worker: Connected<GeneratorService>; slow: boolean } | null = null;
  return {
    async open(host, onProgress, signal) {
      if (!held) {
        const worker = start();
        try {
          const { slow } = await worker.load(host, onProgress, signal);
          held = { worker, slow };
        } catch (thrown) {
          worker.close();
          throw thrown;
        }
      }
      const { worker, slow } = held;
      return {
        slow,
        generate: (messages, { maxNewTokens, signal }) => worker.generate(messages, maxNewTokens, signal),
      };
    },
    release() {
      held?.worker.close();
      held = null;
    },
  };
};
