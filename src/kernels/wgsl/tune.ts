import * as tf from "@tensorflow/tfjs-core";
import { StudioError, type Problem } from "../../domain/errors.ts";
import { at } from "../../domain/present.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { Gpu } from "../runtime/gpu.ts";
import { FEW_TOKENS, type LinearForm, type Variants } from "./context.ts";
import { linearProbe } from "./probe.ts";
import { distrust, PLAIN } from "./trust.ts";
import { linearForms } from "./variants.ts";
import { wgslKernels } from "./wgsl-kernels.ts";

/** Where choices outlive the page, by a key that names the adapter. */
export interface TuningCache {
  read(key: string): Promise<string | null>;
  write(key: string, value: string): Promise<void>;
}

/** What was settled for a device: the forms that run, and those left out, with why. */
export interface Tuning {
  variants: Variants;
  refused: { form: string; why: string }[];
}

/** Kept for as long as this module lives. */
const remembered = new Map<string, string>();

/** Raised when the kernels change, so that old choices are forgotten. */
const GENERATION = 3;

const ROUNDS = 3;

/** The feed-forward projections of 0.6B fill a card, and are most of its work; software adapters are full with the tiny base's. */
const shapesFor = ({ slow }: DeviceReport): [number, number][] =>
  slow
    ? [
        [128, 384],
        [384, 128],
      ]
    : [
        [1024, 3072],
        [3072, 1024],
      ];
const tokensFor = ({ slow }: DeviceReport): { few: number; many: number } => ({
  few: FEW_TOKENS / 2,
  many: slow ? 4 * FEW_TOKENS : 1024,
});
/** Products handed over at once, so that what is timed is the device. */
const runsFor = ({ slow }: DeviceReport): number => (slow ? 1 : 8);

/**
 * The fastest form for so many tokens. Forms take turns: a card that wakes up while it is timed would else favor the last.
 */
const fastest = async (
  gpu: Gpu,
  report: DeviceReport,
  variants: Variants,
  forms: readonly LinearForm[],
  tokens: number,
): Promise<LinearForm> => {
  if (forms.length === 1) return at(forms, 0);
  const best = new Map<LinearForm, number>(forms.map((form) => [form, 0]));
  for (const [inputs, outputs] of shapesFor(report)) {
    const probes = forms.map((form) => {
      const kernels = wgslKernels({ gpu, variants: { ...variants, linear: { few: form, many: form } } });
      return { form, ...linearProbe(kernels, tokens, inputs, outputs) };
    });
    const milliseconds = new Map<LinearForm, number>();
    for (let round = 0; round <= ROUNDS; round++)
      for (const { form, run } of probes) {
        await gpu.finish();
        const start = performance.now();
        for (let i = 0; i < runsFor(report); i++) tf.dispose(run());
        await gpu.finish();
        const taken = performance.now() - start;
        // The first round compiles.
        if (round > 0) milliseconds.set(form, Math.min(taken, milliseconds.get(form) ?? Infinity));
      }
    for (const { form, dispose } of probes) {
      best.set(form, (best.get(form) ?? 0) + (milliseconds.get(form) ?? Infinity));
      dispose();
    }
  }
  return [...best].reduce((a, b) => (b[1] < a[1] ? b : a))[0];
};

const settle = async (gpu: Gpu, report: DeviceReport, info: GPUAdapterInfo, wanted: Variants): Promise<Tuning> => {
  const refused: Tuning["refused"] = [];
  const trusted = async (variants: Variants, kernel: keyof Variants, form: string): Promise<boolean> => {
    const why = await distrust(gpu, variants, kernel);
    if (why !== null) refused.push({ form: `${kernel} ${form}`, why });
    return why === null;
  };
  const variants: Variants = { ...wanted, linear: PLAIN.linear };
  if (!(await trusted({ ...PLAIN, attention: wanted.attention }, "attention", wanted.attention)))
    variants.attention = PLAIN.attention;
  if (!(await trusted({ ...PLAIN, reduce: wanted.reduce }, "reduce", wanted.reduce))) variants.reduce = PLAIN.reduce;
  const forms: LinearForm[] = [];
  for (const form of linearForms(report, info))
    if (await trusted({ ...PLAIN, linear: { few: form, many: form } }, "linear", form)) forms.push(form);
  if (forms.length === 0)
    throw new StudioError(
      "gpu-error",
      `No kernel form computes what it should on this adapter (${refused.map(({ form, why }) => `${form}: ${why}`).join("; ")}).`,
      "Update the graphics driver and the browser, or go on with the slower CPU backend.",
    );
  const { few, many } = tokensFor(report);
  variants.linear = {
    few: await fastest(gpu, report, variants, forms, few),
    many: await fastest(gpu, report, variants, forms, many),
  };
  return { variants, refused };
};

/** A kept choice; null when it is of another version or damaged. */
const parse = (text: string | null | undefined, forms: readonly LinearForm[]): Tuning | null => {
  try {
    const { variants, refused } = JSON.parse(text ?? "") as Tuning;
    const { few, many } = variants.linear;
    return forms.includes(few) && forms.includes(many) && Array.isArray(refused) ? { variants, refused } : null;
  } catch {
    return null;
  }
};

/**
 * The forms for this device, from the cache or found now (a second or two on a GPU). Each form first has to agree with the plain
 * one on random input, on this very device; the linear ones that do are timed, with few tokens and with many.
 *
 * @param wanted the forms that suit the adapter; the linear ones are chosen here
 * @throws StudioError `gpu-error` when no linear form can be trusted
 */
export const tune = async (
  gpu: Gpu,
  report: DeviceReport,
  info: GPUAdapterInfo,
  wanted: Variants,
  cache?: TuningCache,
): Promise<Tuning> => {
  const forms = linearForms(report, info);
  const key = `kernels ${GENERATION} ${report.adapter} ${forms.join()} ${wanted.attention} ${wanted.reduce}`;
  const known = parse(remembered.get(key) ?? (await cache?.read(key)), forms);
  if (known !== null) return known;
  const tuning = await settle(gpu, report, info, wanted);
  const text = JSON.stringify(tuning);
  remembered.set(key, text);
  await cache?.write(key, text);
  return tuning;
};

/** A form that was left out, as the session's notes tell it. */
export const noteOf = ({ form, why }: Tuning["refused"][number]): Problem => ({
  code: "kernel-form-refused",
  message: `The kernel form "${form}" is left out on this adapter: ${why}.`,
  hint: "Training goes on with a plainer form. Updating the graphics driver may bring the faster one back.",
});
