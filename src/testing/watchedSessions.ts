import type { KernelSession } from "../kernels/index.ts";

/** Sessions whose faults fail the test that made them (deviceFaults.setup.ts). */
export const watched: KernelSession[] = [];
