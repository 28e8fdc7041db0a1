import { StudioError, toProblem, type Problem } from "../../domain/errors.ts";
import type { Precision, SelfTestReport } from "../../domain/training/types.ts";
import type { LoadedBase } from "../model/base.ts";
import type { Qwen3Model } from "../model/model.ts";
import { mixedSelfTest } from "../selfTest/mixed.ts";

/** The model whose steps a run takes; scores are always those of the base's own, in float32. */
interface TrainedModel {
  model: Qwen3Model;
  precision: Precision;
  /** What was held to the tolerances of mixed precision; none in float32. */
  checks: SelfTestReport["checks"];
  /** Why it is float32 although mixed precision was asked for. */
  off: Problem | null;
  /** Frees what it has beside the base's. */
  dispose(): void;
}

const inFloat32 = ({ model }: LoadedBase, off: Problem | null = null): TrainedModel => ({
  model,
  precision: "f32",
  checks: [],
  off,
  dispose: () => undefined,
});

/** The base with the kernels of the precision asked for; in float32 with the reason where mixed precision does not hold on this device. */
export const trainedModel = async (base: LoadedBase, precision: Precision = "f32"): Promise<TrainedModel> => {
  if (precision === "f32") return inFloat32(base);
  try {
    const model = base.model.withKernels(await base.session.mixed());
    const checks = await mixedSelfTest(model, base);
    const failed = checks.filter(({ passed }) => !passed);
    const dispose = () => model.dispose();
    if (failed.length === 0) return { model, precision, checks, off: null, dispose };
    dispose();
    return inFloat32(base, tooFar(failed));
  } catch (error) {
    if (error instanceof StudioError && error.code === "mixed-precision-off") return inFloat32(base, toProblem(error));
    throw error;
  }
};

const tooFar = (failed: SelfTestReport["checks"]): Problem => ({
  code: "mixed-precision-off",
  message: `Training is not in mixed precision but in float32: on this device it changes more than rounding the weights to BF16 does (${failed.map(({ name, error, tolerance }) => `${name} off by ${error.toPrecision(2)}, at most ${tolerance.toPrecision(2)}`).join("; ")}).`,
  hint: "Nothing is lost by it but time. Choose float32 to train without this note.",
});
