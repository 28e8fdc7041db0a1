/** The engine against values of the Python stack; run on each kernel path and backend by the tests in src/engine/parity. */
import { beforeAll, describe, expect } from "vitest";
import { createKernels, type KernelOptions, type KernelSession } from "../../../kernels/index.ts";
import { forwardSuite } from "./forward.ts";
import { loraSuite } from "./lora.ts";
import { partsSuite } from "./parts.ts";
import type { ParityScope } from "./scope.ts";

export { EACH_WAY, EVERYTHING } from "./scope.ts";

export const paritySuite = (path: "tfjs" | "wgsl", options: KernelOptions, scope: ParityScope): void => {
  let session: KernelSession;
  const open = () => session;
  beforeAll(async () => {
    session = await createKernels({ device: path, ...options });
    expect(session.kernels.path).toBe(path);
    expect(session.device.backend).toBe(options.backends?.[0]);
  });
  forwardSuite(open, scope);
  if (scope.parts) describe("parts", () => partsSuite(open));
  loraSuite(open, scope);
};
