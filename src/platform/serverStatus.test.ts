import { afterEach, expect, it, vi } from "vitest";
import { serverProbe } from "./serverStatus.ts";

const health = (patch: object = {}) => ({
  status: "ok",
  version: "0.1.0",
  uptimeSeconds: 1,
  tokenRequired: false,
  serving: { mode: "baseline", base: "tiny", version: null, fingerprint: null, fallback: null },
  feedback: { keepsText: false, keepDays: 90 },
  checks: { storage: { status: "ok", message: "Fine." } },
  ...patch,
});
const answer = (body: unknown, status = 200) =>
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status }));
const state = async () => (await serverProbe.status(new AbortController().signal)).state;
afterEach(() => vi.unstubAllGlobals());

it("calls a server down only when nothing of the studio answers there", async () => {
  answer(health());
  expect(await state()).toBe("up");
  answer({ message: "Too many requests" }, 429);
  expect(await state()).toBe("slow");
  answer("<html>a proxy's page</html>", 502);
  expect(await state()).toBe("down");
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
  expect(await state()).toBe("down");
});

it("tells a server that is late from one that is down", async () => {
  vi.useFakeTimers();
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort());
  vi.stubGlobal("fetch", async (_: string, { signal }: RequestInit) => signal?.throwIfAborted());
  expect(await state()).toBe("slow");
  vi.useRealTimers();
});

it("says in words what is degraded", async () => {
  const checks = {
    storage: { status: "ok", message: "Fine." },
    base: { status: "degraded", message: "The bundled base serves." },
  };
  answer(health({ status: "degraded", checks }));
  expect(await serverProbe.status(new AbortController().signal)).toMatchObject({
    state: "degraded",
    detail: "The bundled base serves.",
  });
});
