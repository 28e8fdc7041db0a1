import type { CDPSession } from "playwright";

/** Heap of one JavaScript thread, in bytes. */
export interface Heap {
  /** Objects. */
  used: number;
  /** ArrayBuffers. */
  buffers: number;
}

/**
 * Samples the heaps of all workers of a page through the debugger's protocol and keeps the largest sum of objects and
 * array buffers of any one.
 */
export const watchWorkerHeaps = async (page: CDPSession): Promise<{ peak(): Heap; reset(): void; stop(): void }> => {
  let peak: Heap = { used: 0, buffers: 0 };
  let next = 0;
  const workers = new Set<string>();
  page.on(
    "Target.attachedToTarget",
    ({ sessionId, targetInfo }) => void (targetInfo.type === "worker" && workers.add(sessionId)),
  );
  page.on("Target.detachedFromTarget", ({ sessionId }) => void workers.delete(sessionId));
  page.on("Target.receivedMessageFromTarget", ({ message }) => {
    const { result } = JSON.parse(message) as { result?: { usedSize?: number; backingStorageSize?: number } };
    if (result?.usedSize === undefined) return;
    const heap = { used: result.usedSize, buffers: result.backingStorageSize ?? 0 };
    if (heap.used + heap.buffers > peak.used + peak.buffers) peak = heap;
  });
  // Not flattened: the sessions of workers then speak through the page's own.
  await page.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const timer = setInterval(() => {
    for (const sessionId of workers)
      page
        .send("Target.sendMessageToTarget", {
          sessionId,
          message: JSON.stringify({ id: ++next, method: "Runtime.getHeapUsage" }),
        })
        .catch(() => workers.delete(sessionId));
  }, 50);
  return { peak: () => peak, reset: () => void (peak = { used: 0, buffers: 0 }), stop: () => clearInterval(timer) };
};
