import { afterEach, expect, test, vi } from "vitest";
import { StudioError } from "../../domain/errors.ts";
import { finishNamed } from "./finishNamed.ts";

const gone = new StudioError("device-lost", "The GPU device was lost.", "Reload the page.");
const raw = new DOMException("A valid external Instance reference no longer exists.", "OperationError");
const never = new Promise<StudioError>(() => undefined);
afterEach(() => void vi.useRealTimers());

test("a wait that breaks before the device says that it is lost ends with the loss", async () => {
  let failure: StudioError | null = null;
  const lost = Promise.resolve()
    .then(() => Promise.resolve())
    .then(() => (failure = gone));
  await expect(finishNamed(() => Promise.reject(raw), { failure: () => failure, lost })).rejects.toBe(gone);
});

test("what is no fault of the device is thrown as it was; a fault is thrown though the wait went well", async () => {
  vi.useFakeTimers();
  const thrown = expect(finishNamed(() => Promise.reject(raw), { failure: () => null, lost: never })).rejects.toBe(raw);
  await vi.advanceTimersByTimeAsync(1000);
  await thrown;
  await expect(finishNamed(() => Promise.resolve(), { failure: () => gone, lost: never })).rejects.toBe(gone);
  await expect(finishNamed(() => Promise.resolve(), { failure: () => null, lost: never })).resolves.toBeUndefined();
});
