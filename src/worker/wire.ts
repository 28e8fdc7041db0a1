import { transfer, transferHandlers, type TransferHandler } from "comlink";
import { fromProblem, toProblem, type Problem } from "../domain/errors.ts";

/** How values cross between page and worker. Both sides import this before they talk. */

/** Errors keep code, message and hint. Comlink wraps what was thrown. */
const comlinks = transferHandlers.get("throw") as TransferHandler<{ value: unknown }, unknown>;
transferHandlers.set("throw", {
  canHandle: (value): value is { value: unknown } => comlinks.canHandle(value),
  serialize: ({ value }: { value: unknown }) => [toProblem(value), []],
  deserialize: (problem: Problem) => {
    throw fromProblem(problem);
  },
});

/** A signal crosses as a port that is told once, at the abort, and closed then. */
transferHandlers.set("signal", {
  canHandle: (value): value is AbortSignal => value instanceof AbortSignal,
  serialize: (signal: AbortSignal) => {
    const { port1, port2 } = new MessageChannel();
    const tell = () => {
      port1.postMessage(null);
      port1.close();
    };
    if (signal.aborted) tell();
    else signal.addEventListener("abort", tell, { once: true });
    return [port2, [port2]];
  },
  deserialize: (port: MessagePort) => {
    const controller = new AbortController();
    port.onmessage = () => {
      controller.abort();
      port.close();
    };
    return controller.signal;
  },
});

transferHandlers.set("port", {
  canHandle: (value): value is MessagePort => value instanceof MessagePort,
  serialize: (port: MessagePort) => [port, [port]],
  deserialize: (port: MessagePort) => port,
});

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

const findOwned = (value: unknown, found: Set<Transferable>): void => {
  if (typeof value !== "object" || value === null) return;
  if (value instanceof ArrayBuffer || value instanceof MessagePort) found.add(value);
  else if (ArrayBuffer.isView(value)) findOwned(value.buffer, found);
  else if (Array.isArray(value) || value instanceof Map || value instanceof Set)
    for (const item of value as Iterable<unknown>) findOwned(item, found);
  else if (isPlain(value)) Object.values(value).forEach((item) => findOwned(item, found));
};

/** Every buffer and port in a value of plain objects, arrays, maps and typed arrays. */
export const ownedBy = (value: unknown): Transferable[] => {
  const found = new Set<Transferable>();
  findOwned(value, found);
  return [...found];
};

/** Marks an argument or a result whose buffers go over instead of being copied; this side must not use them again. */
export const handOver = <T extends object>(value: T): T => transfer(value, ownedBy(value));
