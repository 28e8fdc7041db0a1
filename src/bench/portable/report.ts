/** The tables of docs/performance.md from one `results.json`. */
import { embeddingFlops, stepFlops } from "./flops.ts";
import { TORCH_MODES } from "./plan.ts";
import { resultOf, type Results } from "./results.ts";
import type { AdapterResult } from "./sections/adapter.ts";
import type { CeilingResult } from "./sections/ceilings.ts";
import type { EmbeddingResult } from "./sections/embedding.ts";
import type { FlatResult } from "./sections/flat.ts";
import type { MatmulResult } from "./sections/matmul.ts";
import type { ParityResult } from "./sections/parity.ts";
import type { StepResult } from "./sections/step.ts";
import { workloadFor } from "./workload.ts";

type Torch = Pick<StepResult, "tokensPerSecond" | "loss" | "bytes"> & { torch: string };

const NONE = "–";
const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(value >= 10 ? 3 : 2);
const maybe = (value: number | null | undefined, unit = ""): string =>
  value === null || value === undefined ? NONE : `${figure(value)}${unit}`;
const percent = (part: number | undefined, whole: number | undefined): string =>
  part === undefined || whole === undefined ? NONE : `${figure((100 * part) / whole)} %`;
const gib = (bytes: number | null | undefined): string => maybe(bytes ? bytes / 2 ** 30 : null, " GiB");
/** Nothing where there are no rows. */
const table = (head: string[], rows: string[][]): string =>
  rows.length === 0
    ? ""
    : [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows]
        .map((cells) => `| ${cells.join(" | ")} |`)
        .join("\n");

const outcomes = <T>(results: Results, section: string): [string, T][] =>
  Object.keys(results.sections[section] ?? {}).flatMap((item) => {
    const result = resultOf<T>(results, section, item);
    return result === undefined || result === null ? [] : [[item, result] as [string, T]];
  });

const card = (results: Results): string => {
  const adapter = resultOf<AdapterResult>(results, "adapter", "adapter");
  const [, nvidia] = adapter?.nvidia?.trim().split("\n") ?? [];
  const [name, driver] = nvidia?.split(", ") ?? [];
  const { vendor, device, description } = adapter?.info ?? {};
  return name === undefined ? [vendor, device, description].join(" ") : `${name}, driver ${driver}`;
};

const steps = (results: Results, ceiling: number | undefined): string => {
  const { config, rank } = workloadFor(results.small);
  const rows = outcomes<StepResult>(results, "step").map(([tokens, step]) => {
    const tflops = stepFlops(config, rank, step) / step.seconds / 1e12;
    const torch = TORCH_MODES.map((mode) => resultOf<Torch>(results, "torch", `${mode} ${tokens}`));
    return [
      tokens,
      figure(step.tokensPerSecond),
      figure(tflops),
      percent(tflops, ceiling),
      gib(step.bytes),
      step.loss.toFixed(5),
      ...torch.flatMap((other) => [
        maybe(other?.tokensPerSecond),
        other ? `${figure(step.tokensPerSecond / other.tokensPerSecond)}×` : NONE,
      ]),
      torch[0] ? torch[0].loss.toFixed(5) : NONE,
    ];
  });
  const modes = TORCH_MODES.flatMap((mode) => [`torch ${mode}`, "ratio"]);
  return table(
    ["tokens a step", "tokens/s", "TFLOP/s", "of the ceiling", "device memory", "first loss", ...modes, "torch's loss"],
    rows,
  );
};

const profile = (results: Results): string => {
  const [tokens, step] = outcomes<StepResult>(results, "step").findLast(([, { profile }]) => profile !== null) ?? [];
  if (step?.profile === undefined || step.profile === null) return "";
  const total = step.profile.reduce((sum, { ms }) => sum + ms, 0);
  const rows = step.profile
    .slice(0, 10)
    .map(({ name, ms, runs }) => [name, figure(ms), String(runs), percent(ms, total)]);
  return `One step of ${tokens} tokens, ${figure(total)} ms on the device, ${figure(1000 * step.seconds)} ms on the clock:\n\n${table(["kernel", "ms", "dispatches", "share"], rows)}`;
};

const embedding = (results: Results, ceiling: number | undefined): string => {
  const own = resultOf<EmbeddingResult>(results, "embedding", "embedding");
  if (own === undefined) return "";
  const { config } = workloadFor(results.small);
  const tflops = embeddingFlops(config, own.texts * own.textTokens, own.textTokens) / own.seconds / 1e12;
  const rows = TORCH_MODES.flatMap((mode) => {
    const other = resultOf<EmbeddingResult>(results, "torch", `${mode} embedding`);
    return other
      ? [
          [
            `torch ${mode}`,
            figure(other.tokensPerSecond),
            NONE,
            `${figure(own.tokensPerSecond / other.tokensPerSecond)}×`,
          ],
        ]
      : [];
  });
  return table(
    [`${own.texts} texts of ${own.textTokens} tokens`, "tokens/s", "of the ceiling", "ours ÷ theirs"],
    [["Recall Studio", figure(own.tokensPerSecond), percent(tflops, ceiling), ""], ...rows],
  );
};

const parity = (results: Results): string => {
  const cell = (section: string, form: string): string => {
    const outcome = results.sections[section]?.[form];
    if (outcome === undefined) return NONE;
    if ("error" in outcome) return `failed: ${outcome.error.split("\n")[0]?.slice(0, 80)}`;
    const { passed, errors } = outcome.result as ParityResult;
    return `${passed ? "yes" : "**no**"} (gradients ${errors.gradients.toExponential(1)})`;
  };
  const forms = Object.keys(results.sections.parity ?? results.sections.wide ?? {});
  return table(
    ["form", "fixtures against float64", "one layer of 0.6B against tfjs' ops"],
    forms.map((form) => [form, cell("parity", form), cell("wide", form)]),
  );
};

const matmul = (results: Results, ceiling: number | undefined): string => {
  const rows = outcomes<MatmulResult>(results, "matmul").flatMap(([, { rows, inputs, outputs, forms }]) =>
    forms.map(({ form, forward, backward }) => [
      `${rows} × ${inputs} → ${outputs}`,
      form,
      figure(forward),
      percent(forward, ceiling),
      figure(backward),
      percent(backward, ceiling),
    ]),
  );
  return table(["shape", "form", "forward TFLOP/s", "of the ceiling", "backward TFLOP/s", "of the ceiling"], rows);
};

const flat = (results: Results): string =>
  outcomes<FlatResult>(results, "flat")
    .map(([, { steps, memory, early, late, firstLoss, lastLoss }]) => {
      const held = memory.map(({ step, device }) => `${(device / 2 ** 20).toFixed(1)} MiB after ${step}`).join(", ");
      return `${steps} steps at the tiny base's shape: device memory ${held}; a step took ${figure(1000 * early)} ms early and ${figure(1000 * late)} ms at the end; loss ${firstLoss.toFixed(3)} to ${lastLoss.toFixed(3)}.`;
    })
    .join("\n");

const failures = (results: Results): string[] =>
  Object.entries(results.sections).flatMap(([section, items]) =>
    Object.entries(items).flatMap(([item, outcome]) =>
      "error" in outcome ? [`- ${section} ${item}: ${outcome.error.split("\n")[0]?.slice(0, 160)}`] : [],
    ),
  );

const part = (title: string, body: string): string => (body === "" ? "" : `#### ${title}\n\n${body}`);

/** Markdown: what ran where, training and embedding beside PyTorch, ceilings, profile, products by shape, parity, what failed. */
export const report = (results: Results): string => {
  const ceiling = resultOf<CeilingResult>(results, "ceilings", "f32")?.value;
  const ceilings = outcomes<CeilingResult>(results, "ceilings").map(
    ([name, { value, unit }]) => `${name} ${figure(value)} ${unit}`,
  );
  const torch = outcomes<Torch>(results, "torch")[0]?.[1].torch;
  return [
    `### ${card(results)}`,
    `Measured ${results.date.slice(0, 10)} at commit ${results.commit?.slice(0, 9) ?? "unknown"} by \`npm run bench:portable\`${results.small ? ", the small shapes of a software adapter: no figure of a card" : ""}${torch ? `, beside torch ${torch}` : ""}. Ceilings by kernels that do nothing else: ${ceilings.join(", ")}.`,
    part("A training step", steps(results, ceiling)),
    part("Where its time goes", profile(results)),
    part("Embedding", embedding(results, ceiling)),
    part("Multiplication alone", matmul(results, ceiling)),
    part("Parity of every kernel form", parity(results)),
    flat(results),
    part("Not measured, or failed", failures(results).join("\n")),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
};
