import { messageBytes } from "./messageBytes.ts";

/** What a thread has posted so far, and when it posted last, in milliseconds since 1970. */
const posted = { bytes: 0, messages: 0, at: 0 };
export type Posted = typeof posted;

/** On this channel every thread that has loaded this file tells what it has posted, each time it posts. */
export const POSTS = "test-posts";

const channel = new BroadcastChannel(POSTS);
const thread = crypto.randomUUID();

type Post = (this: unknown, ...args: unknown[]) => void;
const counting = (post: Post): Post =>
  function (...args) {
    posted.bytes += messageBytes(args[0]);
    posted.messages++;
    posted.at = performance.timeOrigin + performance.now();
    channel.postMessage({ thread, ...posted });
    Reflect.apply(post, this, args);
  };

for (const { prototype } of [MessagePort, globalThis.Worker].filter(Boolean))
  Object.assign(prototype, { postMessage: counting(prototype.postMessage as Post) });
if ("DedicatedWorkerGlobalScope" in globalThis)
  Object.assign(globalThis, { postMessage: counting(globalThis.postMessage as Post) });
