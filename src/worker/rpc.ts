import { expose, proxy, releaseProxy, wrap, type Endpoint, type Remote } from "comlink";
import { StudioError } from "../domain/errors.ts";
import { ownedBy } from "./wire.ts";

export { handOver } from "./wire.ts";

/** Calls from the page to its workers: methods that return promises, callbacks for reports, an `AbortSignal` to cancel. */
type Call = (...args: unknown[]) => unknown;

/** A callback of the page's as the worker holds it: reports are answered, and it can be given back. */
type RemoteCallback = ((...args: unknown[]) => Promise<unknown>) & { [releaseProxy](): void };
const isCallback = (value: unknown): value is RemoteCallback => typeof value === "function";

/**
 * Inside a worker: answers every call with the service's method of that name. A result never overtakes the reports before
 * it, and callbacks are given back when their call has ended; what is reported after that has nobody to hear it.
 */
export const serve = (service: object, endpoint?: Endpoint): void => {
  const answer = async (method: Call, args: unknown[]): Promise<unknown> => {
    const callbacks = args.filter(isCallback);
    const lastReports = new Map<RemoteCallback, Promise<unknown>>();
    let open = true;
    const report =
      (callback: RemoteCallback): Call =>
      (...values) =>
        void (open && lastReports.set(callback, callback(...values)));
    try {
      return await method.apply(
        service,
        args.map((arg) => (isCallback(arg) ? report(arg) : arg)),
      );
    } finally {
      open = false;
      await Promise.all(lastReports.values());
      callbacks.forEach((callback) => callback[releaseProxy]());
    }
  };
  const answering = new Proxy(service, {
    get: (target, name) => {
      const method: unknown = Reflect.get(target, name);
      return typeof method === "function" && ((...args: unknown[]) => answer(method as Call, args));
    },
  });
  expose(answering, endpoint);
};

/** In the page: a service of its own that a worker may call, as a port to hand over, and the end of it. */
export const lend = (service: object): { port: MessagePort; close(): void } => {
  const { port1, port2 } = new MessageChannel();
  expose(service, port1);
  return { port: port2, close: () => port1.close() };
};

/** In a worker: the service that the page lent. */
export const borrow = <T extends object>(port: MessagePort): Remote<T> => wrap<T>(port);

export interface ConnectOptions {
  /** What every call under way gets when the worker breaks; the next call starts a fresh one. */
  broken(): StudioError;
  /**
   * Milliseconds that a cancelled call has to end by itself; then its worker is ended with it. Absent: it has as long as it
   * takes.
   */
  grace?: number;
}

/** A worker's service as the page calls it. */
export type Connected<T> = T & {
  /** Ends the worker; calls under way get `aborted`, and a later call starts a fresh one. */
  close(): void;
};

interface Running {
  methods: Record<string, Call>;
  /** Ends what waits for an answer. */
  pending: Set<(reason: Error) => void>;
  end(reason: Error): void;
}

const aborted = (): StudioError =>
  new StudioError("aborted", "The work was stopped.", "Start it again when you are ready.");

/**
 * In the page: a worker's service, its worker started at the first call. Errors arrive as `StudioError`: those of the service;
 * `aborted` after a signal among the arguments; `broken` when the worker cannot load, runs out of memory or fails
 * outside of any call.
 */
export const connect = <T extends object>(start: () => Worker, { broken, grace }: ConnectOptions): Connected<T> => {
  let running: Running | undefined;

  const begin = (): Running => {
    const worker = start();
    const pending: Running["pending"] = new Set();
    const end = (reason: Error): void => {
      if (running === mine) running = undefined;
      worker.terminate();
      pending.forEach((reject) => reject(reason));
    };
    worker.onerror = (event) => {
      event.preventDefault(); // It is told as a named error.
      end(broken());
    };
    worker.onmessageerror = () => end(broken());
    const mine: Running = { methods: wrap(worker) as unknown as Running["methods"], pending, end };
    return mine;
  };

  const call = async (name: string, args: unknown[]): Promise<unknown> => {
    const signals = args.filter((arg) => arg instanceof AbortSignal);
    if (signals.some((signal) => signal.aborted)) throw aborted();
    const { methods, pending, end } = (running ??= begin());
    /** Aborted at the call's end: ports and listeners made for it go with it. */
    const over = new AbortController();
    let reject: (reason: Error) => void = () => undefined;
    const ended = new Promise<never>((_, fail) => (reject = fail));
    pending.add(reject);
    const overdue = () => setTimeout(() => pending.has(reject) && end(aborted()), grace);
    if (grace !== undefined)
      for (const signal of signals) signal.addEventListener("abort", overdue, { once: true, signal: over.signal });
    try {
      const sent = args.map((arg) => {
        if (typeof arg === "function") return proxy(guarded(arg as Call));
        return arg instanceof AbortSignal ? AbortSignal.any([arg, over.signal]) : arg;
      });
      return await Promise.race([(methods[name] as Call)(...sent), ended]);
    } finally {
      pending.delete(reject);
      over.abort();
    }
  };

  const methods = new Map<string, Call>();
  return new Proxy({} as Connected<T>, {
    get: (_, name) => {
      if (typeof name !== "string" || name === "then") return undefined;
      if (name === "close") return () => running?.end(aborted());
      if (!methods.has(name)) methods.set(name, (...args) => call(name, args));
      return methods.get(name);
    },
  });
};

/** A callback whose failure is the page's own, told like that of any listener, and no failure of the call. */
const guarded =
  (callback: Call): Call =>
  (...values) => {
    try {
      callback(...values);
    } catch (thrown) {
      reportError(thrown);
    }
  };

declare const CONTENT: unique symbol;

/**
 * What one worker sends another through the page, which only hands it on: a port in which a message waits. It can be opened
 * once. Buffers in it are handed over, everything else is copied once.
 */
export type Parcel<T> = MessagePort & { readonly [CONTENT]?: T };

export const seal = <T extends object>(content: T): Parcel<T> => {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(content, ownedBy(content));
  return port2;
};

/** @throws StudioError `parcel-unreadable` when this side has no memory for it */
export const unseal = <T>(parcel: Parcel<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    parcel.onmessage = ({ data }: MessageEvent<T>) => {
      parcel.close();
      resolve(data);
    };
    parcel.onmessageerror = () => {
      parcel.close();
      reject(
        new StudioError(
          "parcel-unreadable",
          "The texts did not fit into the memory of the part that needs them.",
          "Close other tabs, or use a smaller data set.",
        ),
      );
    };
  });
