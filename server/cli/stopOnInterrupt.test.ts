import { afterEach, expect, it, vi } from "vitest";
import { stopOnInterrupt } from "./stopOnInterrupt.ts";

const listeners = () => process.listeners("SIGINT");
afterEach(() => vi.restoreAllMocks());

it("stops by its signal at Ctrl-C, and says so", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  const before = listeners();
  const stopped = await stopOnInterrupt(async (signal) => {
    const [interrupt] = listeners().filter((one) => !before.includes(one));
    expect(signal.aborted).toBe(false);
    interrupt?.("SIGINT");
    return signal.aborted;
  }, "Stopping after this step.");
  expect(stopped).toBe(true);
  expect(said).toHaveBeenCalledWith("\nStopping after this step.");
});

it("listens only as long as the work lasts, also where it fails", async () => {
  const before = listeners();
  const during = await stopOnInterrupt(async () => listeners().length);
  expect(during).toBe(before.length + 1);
  expect(listeners()).toEqual(before);
  await expect(stopOnInterrupt(() => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
  expect(listeners()).toEqual(before);
});
