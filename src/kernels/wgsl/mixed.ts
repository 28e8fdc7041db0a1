import { StudioError } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { everywhere, HALF_FORMS, isHalf, type LinearForm, type LinearForms, type Variants } from "./context.ts";
import { distrust, PLAIN } from "./trust.ts";
import { GENERATION, linearOf, noteOf, type Tuning, type TuningCache } from "./tune.ts";

/** What mixed precision would run on a device, and what of it was left out; null where float32 is as good. */
interface MixedTuning {
  forms: LinearForms | null;
  refused: Tuning["refused"];
}

/** Why a device trains in float32 although mixed precision was asked for. */
const unavailable = (why: string, hint: string): StudioError =>
  new StudioError("mixed-precision-off", `Training is not in mixed precision but in float32: ${why}.`, hint);

const HINT = "Nothing is lost by it but time. Choose float32 to train without this note.";

/** Where there is no WebGPU, or no f16 in its shaders. */
export const noShaders = (): StudioError =>
  unavailable("this device has no 16-bit arithmetic in shaders (shader-f16)", HINT);

/** Software adapters are known to gain nothing, whatever the form; whoever asks there wants to see it run. */
const candidates = ({ slow }: DeviceReport): readonly LinearForm[] => (slow ? HALF_FORMS.slice(0, 1) : HALF_FORMS);

/** How a form is held to the plain one, and the fastest found; tests give their own. */
export interface Trial {
  distrust: typeof distrust;
  linearOf: typeof linearOf;
}

const settle = async (gpu: Gpu, report: DeviceReport, variants: Variants, trial: Trial): Promise<MixedTuning> => {
  const refused: MixedTuning["refused"] = [];
  const trusted: LinearForm[] = [];
  for (const form of candidates(report)) {
    const why = await trial.distrust(gpu, { ...PLAIN, forward: everywhere(form) }, "linear");
    if (why === null) trusted.push(form);
    else refused.push({ form: `linear ${form}`, why });
  }
  if (trusted.length === 0) return { forms: null, refused };
  if (report.slow) return { forms: everywhere(at(trusted, 0)), refused };
  const { few, some, many } = variants.linear;
  const rivals = { few: [few, ...trusted], some: [some, ...trusted], many: [many, ...trusted] };
  const as = (form: LinearForm): Variants => ({ ...variants, forward: everywhere(form) });
  const forms = await trial.linearOf(gpu, report, rivals, as);
  return { forms: Object.values(forms).some(isHalf) ? forms : null, refused };
};

const remembered = new Map<string, MixedTuning>();

/** A kept choice; null when there is none, or it is damaged or of another version. */
const parse = (text: string | null | undefined, { linear }: Variants): MixedTuning | null => {
  try {
    const { forms, refused } = JSON.parse(text ?? "") as MixedTuning;
    const isKnown = (size: keyof LinearForms): boolean =>
      forms === null || forms[size] === linear[size] || (HALF_FORMS as readonly string[]).includes(forms[size]);
    const known = isKnown("few") && isKnown("some") && isKnown("many");
    return known && Array.isArray(refused) ? { forms, refused } : null;
  } catch {
    return null;
  }
};

/**
 * The forms of the forward products in mixed precision: those with f16 factors that agree with the plain form on this device within
 * what 11 bits allow, and on cards the fastest of them, where they are faster than `variants`' own.
 *
 * @throws StudioError `mixed-precision-off` with why there is none
 */
export const mixedForms = async (
  gpu: Gpu,
  report: DeviceReport,
  variants: Variants,
  cache?: TuningCache,
  trial: Trial = { distrust, linearOf },
): Promise<LinearForms> => {
  if (!report.features.shaderF16) throw noShaders();
  const { few, some, many } = variants.linear;
  const key = `mixed ${GENERATION} ${report.adapter} ${HALF_FORMS.join()} ${few} ${some} ${many}`;
  let tuning = remembered.get(key) ?? parse(await cache?.read(key), variants);
  if (tuning === null) {
    tuning = await settle(gpu, report, variants, trial);
    await cache?.write(key, JSON.stringify(tuning));
  }
  remembered.set(key, tuning);
  if (tuning.forms !== null) return tuning.forms;
  if (tuning.refused.length < candidates(report).length)
    throw unavailable("its kernels are no faster on this device than those of float32", HINT);
  const { message, hint } = noteOf(at(tuning.refused, 0));
  throw unavailable(`its kernels do not hold here. ${message.replace(/\.$/, "")}`, hint);
};

/** The same for a device's report; null where there is none. */
export const offeredMixed = async (...where: Parameters<typeof mixedForms>): Promise<LinearForms | null> => {
  try {
    return await mixedForms(...where);
  } catch (error) {
    if (error instanceof StudioError && error.code === "mixed-precision-off") return null;
    throw error;
  }
};
