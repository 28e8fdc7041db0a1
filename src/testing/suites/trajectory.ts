/** 30 optimizer steps against the Python stack; run on each kernel path by the tests beside this file. */
import { beforeAll, expect, test } from "vitest";
import { at } from "../../domain/present.ts";
import { LoraAdapter } from "../../engine/model/lora.ts";
import { createKernels, type KernelOptions, type Kernels, type KernelSession } from "../../kernels/index.ts";
import { fixtureTensors } from "../engine.ts";
import { Trajectory } from "../trajectoryRun.ts";

/** Bars of the fixtures' README, column "suggested". */
const TOLERANCE = { loss: 2e-5, gradNorm: 1e-4, mostEntries: 5e-6, everyEntry: 1e-4, moved: 1e-4 };

export const trajectorySuite = (path: "tfjs" | "wgsl", options: KernelOptions, weights: ("f32" | "bf16")[]): void => {
  let session: KernelSession;
  let trajectory: Trajectory;
  beforeAll(async () => {
    session = await createKernels({ device: path, ...options });
    expect(session.kernels.path).toBe(path);
    trajectory = await Trajectory.load();
  });

  /** Against the same run in float64, and against the untouched float32 stack. */
  test.each(weights)("30 steps on %s weights equal the reference step by step, and in the end", async (dtype) => {
    const names = dtype === "f32" ? ["f64", "f32"] : [`${dtype}_weights_f64`, `${dtype}_weights_f32`];
    const runs = names.map((name) => trajectory.fixture.runs[name]!);
    const { model, adapter } = await trajectory.setUp(session.kernels, dtype);
    const training = trajectory.trainer(model, adapter, 8);
    for (let step = 0; step < trajectory.fixture.steps; step++) {
      const result = await training.step();
      for (const run of runs) {
        const [loss, norm] = [at(run.loss, step), at(run.grad_norm, step)];
        expect(result.learningRate).toBeCloseTo(at(run.learning_rate, step), 12);
        expect(Math.abs(result.loss - loss), `loss of step ${step}`).toBeLessThan(TOLERANCE.loss);
        expect(Math.abs(result.gradNorm - norm), `norm of step ${step}`).toBeLessThan(TOLERANCE.gradNorm);
      }
    }
    expect(training.finished).toBe(true);
    const final = (await adapter.read()).tensors;
    for (const name of names) {
      const { names: tensors, differences, ofMoved } = await trajectory.distance(final, name);
      expect([...final.keys()].sort()).toEqual(tensors);
      expect(differences[Math.floor(0.999 * differences.length)]).toBeLessThan(TOLERANCE.mostEntries);
      expect(differences.at(-1)).toBeLessThan(TOLERANCE.everyEntry);
      expect(ofMoved).toBeLessThan(TOLERANCE.moved);
    }
    for (const item of [adapter, model]) item.dispose();
  });

  test("a run cut in the middle and resumed from its checkpoint ends exactly where an uncut one does", async () => {
    const { model, adapter } = await trajectory.setUp(session.kernels, "bf16");
    const uncut = trajectory.trainer(model, adapter, 4);
    let checkpoint: Uint8Array = new Uint8Array();
    const losses: number[] = [];
    for (let step = 0; step < 6; step++) {
      losses.push((await uncut.step()).loss);
      if (step === 2) checkpoint = await uncut.checkpoint();
    }
    const expected = (await adapter.read()).tensors;

    const other = LoraAdapter.create(session.kernels, model.config, {
      rank: trajectory.fixture.r,
      alpha: trajectory.fixture.lora_alpha,
      seed: 7,
    });
    const resumed = trajectory.trainer(model, other, 4);
    resumed.restore(checkpoint);
    expect(resumed.stepsDone).toBe(3);
    for (let step = 3; step < 6; step++) expect((await resumed.step()).loss).toBe(losses[step]);
    const found = (await other.read()).tensors;
    for (const [name, values] of expected) expect(found.get(name)).toEqual(values);
    for (const item of [adapter, other, model]) item.dispose();
  });
};

/** The fixture's runs in float64, with weights before and after they were rounded to BF16. */
const [UNROUNDED, ROUNDED] = ["f64", "bf16_weights_f64"];

/**
 * The same 30 steps in mixed precision: losses, gradient norms and the weights in the end stay within half of what rounding the base's
 * weights to BF16 costs, and are not those of float32.
 */
export const mixedTrajectorySuite = (open: () => Promise<Kernels>): void => {
  test("30 steps in mixed precision stay within half of what BF16 weights cost", async () => {
    const trajectory = await Trajectory.load();
    const rounded = trajectory.fixture.runs[ROUNDED]!;
    const cost = apart(trajectory.fixture.runs[UNROUNDED]!, rounded);
    const { model, adapter } = await trajectory.setUp(await open(), "bf16");
    const training = trajectory.trainer(model, adapter, 8);
    const found: Run = { loss: [], grad_norm: [] };
    while (!training.finished) {
      const { loss, gradNorm } = await training.step();
      found.loss.push(loss);
      found.grad_norm.push(gradNorm);
    }
    const off = apart(found, rounded);
    const weights = (await adapter.read()).tensors;
    const end = await trajectory.distance(weights, ROUNDED);
    const between = await trajectory.distance(
      await fixtureTensors(`trajectory/final.${UNROUNDED}.safetensors`),
      ROUNDED,
    );
    expect(off.loss).toBeLessThan(cost.loss / 2);
    expect(off.norm).toBeLessThan(cost.norm / 2);
    expect(end.ofMoved).toBeLessThan(between.ofMoved / 2);
    expect(end.ofMoved).toBeGreaterThan(10 * TOLERANCE.moved);
    for (const item of [adapter, model]) item.dispose();
  });
};

interface Run {
  loss: number[];
  grad_norm: number[];
}
/** The largest difference of a loss, and of a gradient norm relative to itself. */
const apart = (a: Run, b: Run): { loss: number; norm: number } => ({
  loss: Math.max(...b.loss.map((loss, i) => Math.abs(at(a.loss, i) - loss))),
  norm: Math.max(...b.grad_norm.map((norm, i) => Math.abs(at(a.grad_norm, i) / norm - 1))),
});
