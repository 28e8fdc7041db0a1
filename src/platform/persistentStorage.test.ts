import { expect, it } from "vitest";
import type { BaseInfo, EngineService } from "../app/runs/ports.ts";
import { withPersistentStorage } from "./persistentStorage.ts";

it("asks once for persistent storage, and before a download only", async () => {
  const order: string[] = [];
  let kept = false;
  const storage = {
    persisted: async () => kept,
    persist: async () => {
      order.push("persist");
      return (kept = true);
    },
  };
  const loadBase: EngineService["loadBase"] = async ({ source }) => {
    order.push(source);
    return {} as BaseInfo;
  };
  const engine = withPersistentStorage({ loadBase, probe: () => expect.unreachable() }, storage);
  const hub = { source: "hub", repo: "a/b", revision: "c" } as const;
  for (const base of [{ source: "bundled", name: "tiny" } as const, hub, hub])
    await engine.loadBase(base, () => undefined);
  expect(order).toEqual(["bundled", "persist", "hub", "hub"]);
});
