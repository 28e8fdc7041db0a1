import * as tf from "@tensorflow/tfjs-core";
import { isOutOfMemory } from "../../domain/outOfMemory.ts";
import { faultOf, outOfMemory } from "./faults.ts";
import type { Gpu } from "./gpu.ts";

/** Errors that work is asked for; what else a device finds is its fault as a whole. */
const SCOPES = ["out-of-memory", "validation"] as const;

const tried = <T extends tf.TensorContainer>(gpu: Gpu, work: () => T): { result: T } | { thrown: unknown } => {
  try {
    return { result: tf.tidy(work) };
  } catch (thrown) {
    return { thrown };
  } finally {
    gpu.flush(); // what the queue refuses belongs to this work
  }
};

/**
 * Records and submits work, and asks the device whether it took all of it, which it knows long before the work is done.
 *
 * @throws StudioError `out-of-memory`, after what lies unused was freed; `gpu-error`; what `work` throws
 */
export const attempt = async <T extends tf.TensorContainer>(gpu: Gpu, work: () => T): Promise<T> => {
  const { device } = gpu;
  for (const filter of SCOPES) device.pushErrorScope(filter);
  const outcome = tried(gpu, work);
  // A device that was lost says so elsewhere.
  const errors = await Promise.all(SCOPES.map(() => device.popErrorScope().catch(() => null)));
  const fault = errors.find((error) => error instanceof GPUOutOfMemoryError) ?? errors.find((error) => error !== null);
  if ("result" in outcome) {
    if (!fault) return outcome.result;
    tf.dispose(outcome.result);
  }
  const thrown = "thrown" in outcome ? outcome.thrown : null;
  const exhausted = isOutOfMemory(String(thrown));
  if (exhausted || fault instanceof GPUOutOfMemoryError) gpu.freeUnused();
  if (fault) throw faultOf(fault);
  throw exhausted ? outOfMemory(`Memory ran out: ${String(thrown)}`) : thrown;
};
