import { StudioError, type Problem } from "../../domain/errors.ts";
import type { DeviceReport } from "../../domain/training/types.ts";
import type { Gpu } from "../runtime/gpu.ts";
import {
  type AttentionForm,
  everywhere,
  FEW_TOKENS,
  type LinearForm,
  type LinearForms,
  MANY_TOKENS,
  type Variants,
} from "./context.ts";
import { fastest } from "./contest.ts";
import { attentionProbe, linearProbe } from "./probe.ts";
import { distrust, type Kernel, PLAIN } from "./trust.ts";
import { attentionForms, linearForms } from "./variants.ts";
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
export const GENERATION = 6;

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
/** A software adapter is full with some tokens; what is fastest for them is so for many. */
const tokensFor = ({ slow }: DeviceReport): Record<"few" | "some" | "many", number> =>
  slow
    ? { few: FEW_TOKENS / 2, some: 4 * FEW_TOKENS, many: 4 * FEW_TOKENS }
    : { few: FEW_TOKENS / 2, some: MANY_TOKENS / 2, many: 2 * MANY_TOKENS };
/** Products handed over at once, so that what is timed is the device. */
const runsFor = ({ slow }: DeviceReport, tokens: number): number => (slow ? 1 : tokens > MANY_TOKENS ? 4 : 8);
/** Packed texts as they are (median 45 tokens, 95th percentile 160), 2,048 tokens in 32 texts, with the heads of 0.6B. */
const TEXTS = [10, 16, 21, 26, 31, 36, 40, 45, 45, 51, 57, 64, 75, 94, 135, 278].flatMap((length) => [length, length]);
const QUERY_HEADS = 16;
const HEAD_WIDTH = 128;

/** The forms that may be chosen. */
interface Forms {
  linear: readonly LinearForm[];
  attention: readonly AttentionForm[];
}

type Trusted = <Form extends string>(
  kernel: Kernel,
  forms: readonly Form[],
  variants: (form: Form) => Variants,
) => Promise<Form[]>;

/** The fastest linear forms with few, some and many tokens, each run `as` these variants. */
export const linearOf = async (
  gpu: Gpu,
  report: DeviceReport,
  forms: Record<keyof LinearForms, readonly LinearForm[]>,
  as: (form: LinearForm) => Variants,
): Promise<LinearForms> => {
  const among = (candidates: readonly LinearForm[], tokens: number) =>
    fastest(gpu, {
      forms: candidates,
      problems: shapesFor(report).map(([inputs, outputs]) => (form: LinearForm) => {
        const kernels = wgslKernels({ gpu, variants: as(form) });
        return linearProbe(kernels, tokens, inputs, outputs);
      }),
      runs: runsFor(report, tokens),
    });
  const tokens = tokensFor(report);
  const few = await among(forms.few, tokens.few);
  const some = await among(forms.some, tokens.some);
  return { few, some, many: tokens.many === tokens.some ? some : await among(forms.many, tokens.many) };
};

const attentionOf = (gpu: Gpu, wanted: Variants, forms: readonly AttentionForm[]): Promise<AttentionForm> =>
  fastest(gpu, {
    forms,
    problems: [
      (attention) =>
        attentionProbe(wgslKernels({ gpu, variants: { ...wanted, attention } }), TEXTS, QUERY_HEADS, HEAD_WIDTH),
    ],
    runs: 2,
  });

const settle = async (gpu: Gpu, report: DeviceReport, forms: Forms, wanted: Variants): Promise<Tuning> => {
  const refused: Tuning["refused"] = [];
  const trusted: Trusted = async (kernel, candidates, variants) => {
    const found: (typeof candidates)[number][] = [];
    for (const form of candidates) {
      const why = await distrust(gpu, variants(form), kernel);
      if (why === null) found.push(form);
      else refused.push({ form: `${kernel} ${form}`, why });
    }
    return found;
  };
  const attention = await trusted("attention", forms.attention, (form) => ({ ...PLAIN, attention: form }));
  const [reduce = PLAIN.reduce] = await trusted("reduce", [wanted.reduce], (form) => ({ ...PLAIN, reduce: form }));
  const linear = await trusted("linear", forms.linear, (form) => ({ ...PLAIN, linear: everywhere(form) }));
  if (linear.length === 0)
    throw new StudioError(
      "gpu-error",
      `No kernel form computes what it should on this adapter (${refused.map(({ form, why }) => `${form}: ${why}`).join("; ")}).`,
      "Update the graphics driver and the browser, or go on with the slower CPU backend.",
    );
  const variants: Variants = { linear: PLAIN.linear, attention: PLAIN.attention, reduce };
  if (attention.length > 0) variants.attention = await attentionOf(gpu, variants, attention);
  const as = (form: LinearForm): Variants => ({ ...variants, linear: everywhere(form) });
  variants.linear = await linearOf(gpu, report, { few: linear, some: linear, many: linear }, as);
  return { variants, refused };
};

/** A kept choice; null when it is of another version or damaged. */
const parse = (text: string | null | undefined, forms: Forms): Tuning | null => {
  try {
    const { variants, refused } = JSON.parse(text ?? "") as Tuning;
    const { few, some, many } = variants.linear;
    const known =
      [few, some, many].every((form) => forms.linear.includes(form)) &&
      [...forms.attention, PLAIN.attention].includes(variants.attention);
    return known && Array.isArray(refused) ? { variants, refused } : null;
  } catch {
    return null;
  }
};

/**
 * The forms for this device, from the cache or found now (a second or two on a GPU). Each form first has to agree with the plain
 * one on random input, on this very device. Of those that do, the linear ones are timed with few, some and many tokens, and those of
 * attention, on graphics cards, at the head of 0.6B.
 *
 * @param wanted the forms that suit the adapter, or that were asked for
 * @param fixed forms that were asked for, which timing leaves as they are
 * @throws StudioError `gpu-error` when no linear form can be trusted
 */
export const tune = async (
  gpu: Gpu,
  report: DeviceReport,
  info: GPUAdapterInfo,
  wanted: Variants,
  { fixed = {}, cache }: { fixed?: Pick<Partial<Variants>, "attention">; cache?: TuningCache } = {},
): Promise<Tuning> => {
  const forms: Forms = {
    linear: linearForms(report, info),
    attention: fixed.attention === undefined ? attentionForms(report, info) : [fixed.attention],
  };
  const key = `kernels ${GENERATION} ${report.adapter} ${forms.linear.join()} ${forms.attention.join()} ${wanted.reduce}`;
  const known = parse(remembered.get(key) ?? (await cache?.read(key)), forms);
  if (known !== null) return known;
  const tuning = await settle(gpu, report, forms, wanted);
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
