import { afterEach, expect } from "vitest";
import { watched } from "./watchedSessions.ts";

// A rejected shader or command does not throw, it leaves zeros: every test of a kernel asks the device.
afterEach(() => {
  for (const session of watched) expect(session.failure()).toBeNull();
});
