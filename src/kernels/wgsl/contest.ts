import * as tf from "@tensorflow/tfjs-core";
import { at } from "../../domain/present.ts";
import type { Gpu } from "../runtime/gpu.ts";
import type { Probe } from "./probe.ts";

/** Which of some forms is to be found the fastest, and at what. */
export interface Contest<Form extends string> {
  forms: readonly Form[];
  /** What each form is timed at; their times are added. */
  problems: readonly ((form: Form) => Probe)[];
  /** How often a problem is handed over at once, so that what is timed is the device. */
  runs: number;
}

const ROUNDS = 3;
/** A form that takes so many times what the fastest of its round takes gets no further turn: on a slow card each costs seconds. */
const HOPELESS = 3;

/** Best milliseconds of each form at one problem. Forms take turns: a card that wakes up while it is timed would else favor the last. */
const timed = async <Form extends string>(
  gpu: Pick<Gpu, "finish">,
  probes: readonly (Probe & { form: Form })[],
  runs: number,
): Promise<Map<Form, number>> => {
  const best = new Map<Form, number>();
  for (const { run } of probes) tf.dispose(run()); // compiles
  let left = probes;
  for (let round = 0; round < ROUNDS; round++) {
    const now = new Map<Form, number>();
    for (const { form, run } of left) {
      await gpu.finish();
      const start = performance.now();
      for (let i = 0; i < runs; i++) tf.dispose(run());
      await gpu.finish();
      now.set(form, performance.now() - start);
    }
    for (const [form, taken] of now) best.set(form, Math.min(taken, best.get(form) ?? Infinity));
    const bar = HOPELESS * Math.min(...now.values());
    left = left.filter(({ form }) => (now.get(form) ?? Infinity) <= bar);
  }
  return best;
};

/** The form whose best rounds take the least time. */
export const fastest = async <Form extends string>(
  gpu: Pick<Gpu, "finish">,
  { forms, problems, runs }: Contest<Form>,
): Promise<Form> => {
  if (forms.length === 1) return at(forms, 0);
  const total = new Map<Form, number>(forms.map((form) => [form, 0]));
  for (const problem of problems) {
    const probes = forms.map((form) => ({ form, ...problem(form) }));
    for (const [form, taken] of await timed(gpu, probes, runs)) total.set(form, (total.get(form) ?? 0) + taken);
    for (const { dispose } of probes) dispose();
  }
  return [...total].reduce((a, b) => (b[1] < a[1] ? b : a))[0];
};
