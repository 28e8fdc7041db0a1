import type { Device } from "./device.ts";

/** So long after something broke, in milliseconds, a loss of the device may still be told. */
const LOSS_TOLD_MS = 1000;

/**
 * Waits for a device's work and names what went wrong with it. A device that is lost (its process crashed, say) breaks what waits for it
 * before it says so itself, with words that help nobody; so its own word is waited for.
 *
 * @throws StudioError the device's first fault; else what the wait itself threw
 */
export const finishNamed = async (
  finish: () => Promise<void>,
  { failure, lost }: Pick<Device, "failure" | "lost">,
): Promise<void> => {
  const broken = await finish().then(
    () => null,
    (thrown: unknown) => ({ thrown }),
  );
  if (broken !== null && failure() === null) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([lost, new Promise((resolve) => (timer = setTimeout(resolve, LOSS_TOLD_MS)))]);
    clearTimeout(timer);
  }
  const fault = failure();
  if (fault !== null) throw fault;
  if (broken !== null) throw broken.thrown;
};
