import { expect, test, vi } from "vitest";
import { StudioError } from "../domain/errors.ts";
import { connect, handOver, seal, serve, unseal, type ConnectOptions, type Parcel } from "./rpc.ts";

/** A service as a worker would hold it. */
const createService = () => {
  const kept = new Float32Array([1, 2, 3]);
  let stray: (report: number) => void = () => undefined;
  return {
    whoami: async () => "service",
    refuse: async () => {
      throw new StudioError("named", "What happened.", "What to do.");
    },
    count: async (to: number, onProgress: (done: number) => void) => {
      for (let done = 1; done <= to; done++) onProgress(done);
      stray = onProgress;
      return to;
    },
    reportLate: async () => stray(99),
    vector: async () => handOver({ nested: [kept] }),
    keptBytes: async () => kept.byteLength,
    sum: async (values: Float32Array) => values.reduce((total, value) => total + value, 0),
    post: async (port: MessagePort, text: string) => {
      port.postMessage(text);
      port.close();
    },
    untilCancelled: (signal: AbortSignal) =>
      new Promise<never>((_, reject) => {
        const stop = () => reject(signal.reason as Error);
        if (signal.aborted) stop();
        else signal.addEventListener("abort", stop);
      }),
    untilRefused: async (_signal: AbortSignal, _report: () => void) => {
      throw new Error("refused");
    },
    deaf: (_signal: AbortSignal) => new Promise<never>(() => undefined),
  };
};
type Service = ReturnType<typeof createService>;

const broken = () => new StudioError("broken", "It stopped.", "Try again.");

/** Workers that are channels to services of their own. */
const setUp = (options: Partial<ConnectOptions> = {}) => {
  const workers: Worker[] = [];
  const start = (): Worker => {
    const { port1, port2 } = new MessageChannel();
    serve(createService(), port2 as never);
    port1.start();
    const worker = Object.assign(port1, { terminate: vi.fn(() => port1.close()), onerror: null });
    workers.push(worker as unknown as Worker);
    return worker as unknown as Worker;
  };
  const breakDown = () => workers.at(-1)!.onerror!(Object.assign(new Event("error")) as ErrorEvent);
  return { client: connect<Service>(start, { broken, ...options }), workers, breakDown };
};

test("the worker starts at the first call, and errors keep code, message and hint", async () => {
  const { client, workers } = setUp();
  expect(workers).toHaveLength(0);
  expect(await client.whoami()).toBe("service");
  await expect(client.refuse()).rejects.toMatchObject({
    name: "StudioError",
    code: "named",
    message: "What happened.",
    hint: "What to do.",
  });
  expect(workers).toHaveLength(1);
  client.close();
});

test("a worker that breaks fails every call under way by name, and the next call has a fresh one", async () => {
  const { client, workers, breakDown } = setUp();
  const { signal } = new AbortController();
  const calls = [client.deaf(signal), client.deaf(signal)].map((call) =>
    expect(call).rejects.toMatchObject({ code: "broken" }),
  );
  breakDown();
  await Promise.all(calls);
  expect(workers[0]!.terminate).toHaveBeenCalledOnce();
  expect(await client.whoami()).toBe("service");
  expect(workers).toHaveLength(2);
  client.close();
});

test("every report arrives before the result; a report after the end reaches nobody", async () => {
  const { client } = setUp();
  const seen: number[] = [];
  expect(await client.count(50, (done) => void seen.push(done))).toBe(50);
  expect(seen).toHaveLength(50);
  await client.reportLate();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(seen).toHaveLength(50);
  client.close();
});

test("the page's end of every port made for a call is closed when the call ends", async () => {
  const { client } = setUp();
  await client.whoami();
  const made: MessagePort[] = [];
  const closed: MessagePort[] = [];
  const Channel = globalThis.MessageChannel;
  const close = vi.spyOn(MessagePort.prototype, "close").mockImplementation(function (this: MessagePort) {
    closed.push(this);
  });
  vi.stubGlobal("MessageChannel", function () {
    const channel = new Channel();
    made.push(channel.port1);
    return channel;
  });
  try {
    const stop = new AbortController();
    await client.count(3, () => undefined);
    const waiting = expect(client.untilCancelled(stop.signal)).rejects.toMatchObject({ code: "aborted" });
    stop.abort();
    await waiting;
    await expect(client.untilRefused(new AbortController().signal, () => undefined)).rejects.toThrow();
    expect(made).toHaveLength(4);
    await expect.poll(() => made.every((port) => closed.includes(port))).toBe(true);
  } finally {
    vi.unstubAllGlobals();
    close.mockRestore();
  }
  client.close();
});

test("a handed over buffer is detached on the sender's side, in both directions; others are copied", async () => {
  const { client } = setUp();
  expect(await client.vector()).toEqual({ nested: [new Float32Array([1, 2, 3])] });
  expect(await client.keptBytes()).toBe(0);
  const copied = new Float32Array([1, 2]);
  expect(await client.sum(copied)).toBe(3);
  expect(copied).toHaveLength(2);
  const given = handOver(new Float32Array([3, 4]));
  expect(await client.sum(given)).toBe(7);
  expect(given).toHaveLength(0);
  client.close();
});

test("a port goes over by itself", async () => {
  const { client } = setUp();
  const { port1, port2 } = new MessageChannel();
  const received = new Promise((resolve) => port2.addEventListener("message", ({ data }) => resolve(data)));
  port2.start();
  await client.post(port1, "hello");
  expect(await received).toBe("hello");
  port2.close();
  client.close();
});

test("an abort reaches the service, which ends its call; one that was aborted before is not sent", async () => {
  const { client, workers } = setUp();
  await expect(client.untilCancelled(AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
  expect(workers).toHaveLength(0);
  const stop = new AbortController();
  const call = expect(client.untilCancelled(stop.signal)).rejects.toMatchObject({ code: "aborted" });
  stop.abort();
  await call;
  expect(workers[0]!.terminate).not.toHaveBeenCalled();
  client.close();
});

test("what does not stop by itself is ended with its worker after the grace, and only then", async () => {
  const { client, workers } = setUp({ grace: 30 });
  const gentle = new AbortController();
  const ended = expect(client.untilCancelled(gentle.signal)).rejects.toMatchObject({ code: "aborted" });
  gentle.abort();
  await ended;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(workers[0]!.terminate).not.toHaveBeenCalled();
  const stop = new AbortController();
  const deaf = expect(client.deaf(stop.signal)).rejects.toMatchObject({ code: "aborted" });
  stop.abort();
  await deaf;
  expect(workers[0]!.terminate).toHaveBeenCalledOnce();
  expect(await client.whoami()).toBe("service");
  expect(workers).toHaveLength(2);
  client.close();
});

test("closing ends the worker and what is under way", async () => {
  const { client, workers } = setUp();
  const call = expect(client.deaf(new AbortController().signal)).rejects.toMatchObject({ code: "aborted" });
  client.close();
  await call;
  expect(workers[0]!.terminate).toHaveBeenCalledOnce();
});

test("a parcel passes through several hands, and is opened once at the end", async () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const sealed = seal({ texts: ["a", "b"], bytes });
  expect(bytes).toHaveLength(0);
  const { port1, port2 } = new MessageChannel();
  const handedOn = new Promise<Parcel<{ texts: string[]; bytes: Uint8Array }>>((resolve) => {
    port2.onmessage = ({ data }: MessageEvent<Parcel<{ texts: string[]; bytes: Uint8Array }>>) => resolve(data);
  });
  port1.postMessage(sealed, [sealed]);
  expect(await unseal(await handedOn)).toEqual({ texts: ["a", "b"], bytes: new Uint8Array([1, 2, 3]) });
  port1.close();
});
