import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it, test } from "vitest";
import { loadTokenizer } from "../../domain/text/tokenizer.ts";
import { DEFAULT_HYPERPARAMETERS, type FalseNegativeRule, type Hyperparameters } from "../../domain/training/types.ts";
import { createKernels, type KernelSession } from "../../kernels/index.ts";
import { fixtureModel, loadNano } from "../../testing/engine.ts";
import { rankingLoss64, type Rows } from "../../testing/rankingLoss64.ts";
import { LoraAdapter } from "../model/lora.ts";
import { layOut } from "./batchLayout.ts";
import { tokenizeExamples } from "./examples.ts";
import { contrastiveLoss } from "./loss.ts";
import { marginMask } from "./marginMask.ts";
import { assertTaught, teacherTargets } from "./teacherTargets.ts";
import { Trainer } from "./trainer.ts";

let session: KernelSession;
beforeAll(async () => {
  session = await createKernels({ backends: ["wasm"] });
});

const rowsOf = (flat: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: flat.length / width }, (_, i) => Array.from(flat).slice(i * width, (i + 1) * width));
const expectRows = (actual: Rows, expected: Rows, digits: number) =>
  actual.flat().forEach((value, i) => expect(value).toBeCloseTo(expected.flat()[i] ?? NaN, digits));

/** Two queries; documents are both positives, two hard negatives of the first and one of the second. */
const QUERIES = [
  [0.6, 0.8, 0, 0],
  [0, 0.6, 0.8, 0],
];
const DOCUMENTS = [
  [0.8, 0.6, 0, 0],
  [0, 1, 0, 0],
  [0.6, 0, 0.8, 0],
  [0.28, 0.96, 0, 0],
  [0, 0.28, 0.96, 0],
];
const layout = layOut([
  [
    { query: 0, positive: 1, negatives: [2, 3], scores: [2, -1, 3] },
    { query: 4, positive: 5, negatives: [6], scores: [0.5, 0.25] },
  ],
]);
/** By torch in float64: `F.cross_entropy` plus 0.75 times `F.kl_div(log_softmax, softmax(scores / 2))` over the groups, batch mean, scale 4. */
const TORCH = {
  loss: 1.5817457253848313,
  targets: [
    [0.3482074278837349, -1, 0.0776955791485706, 0.5740969929676946, -1],
    [-1, 0.5312093733737563, -1, -1, 0.4687906266262438],
  ],
  dQueries: [
    [-0.6371292019405098, 0.3263520186997123, 0.05669465868124637, 0],
    [0.34655513727137466, -1.4802173313563411, 1.7329032361754355, 0],
  ],
  dDocuments: [
    [-0.5979292136949611, -0.7342909124604686, 0.08393071884375058, 0],
    [0.2453351068657245, -1.0004060617664958, -1.770026050116616, 0],
    [0.013122406895231663, 0.21042310485222976, 0.25723541643367226, 0],
    [0.3149728773375856, 0.5693163852409068, 0.1991367317210568, 0],
    [0.02449882259641926, 0.9549574841338276, 1.229723183118136, 0],
  ],
};

describe("the loss with a teacher", () => {
  const targets = () => rowsOf(teacherTargets(layout, 2) ?? [], 5);

  it("is torch's, in float64 and by the plain path", async () => {
    expectRows(targets(), TORCH.targets, 6);
    const exact = rankingLoss64(QUERIES, DOCUMENTS, 4, { teacher: TORCH.targets, weight: 0.75 });
    expect(exact.loss).toBeCloseTo(TORCH.loss, 13);
    expectRows(exact.dQueries, TORCH.dQueries, 13);
    expectRows(exact.dDocuments, TORCH.dDocuments, 13);
    const teacher = tf.tensor2d(targets());
    const options = { scale: 4, mask: null, distillation: { teacher, weight: 0.75 }, dims: [] };
    const plain = contrastiveLoss(session.kernels, tf.tensor2d(QUERIES), tf.tensor2d(DOCUMENTS), options);
    expect((await plain.loss.data())[0]).toBeCloseTo(TORCH.loss, 6);
    expectRows(rowsOf(await plain.dQueries.data(), 4), TORCH.dQueries, 6);
    expectRows(rowsOf(await plain.dDocuments.data(), 4), TORCH.dDocuments, 6);
  });

  it("has the gradient of its differences, with a mask and a group that a masked document belongs to", () => {
    const parts = {
      mask: [
        [0, 1, 0, 1, 0],
        [0, 0, 0, 0, 0],
      ],
      teacher: TORCH.targets,
      weight: 1.5,
    };
    const { dQueries, dDocuments } = rankingLoss64(QUERIES, DOCUMENTS, 4, parts);
    const step = 1e-5;
    const shifted = (rows: Rows, row: number, column: number, by: number) =>
      rows.map((values, i) => values.map((value, k) => (i === row && k === column ? value + by : value)));
    for (const [i, row] of dQueries.entries())
      row.forEach((slope, k) => {
        const at = (by: number) => rankingLoss64(shifted(QUERIES, i, k, by), DOCUMENTS, 4, parts).loss;
        expect((at(step) - at(-step)) / (2 * step)).toBeCloseTo(slope, 8);
      });
    for (const [j, row] of dDocuments.entries())
      row.forEach((slope, k) => {
        const at = (by: number) => rankingLoss64(QUERIES, shifted(DOCUMENTS, j, k, by), 4, parts).loss;
        expect((at(step) - at(-step)) / (2 * step)).toBeCloseTo(slope, 8);
      });
  });

  it("teaches nothing of a row with fewer than two scored documents", () => {
    const alone = layOut([[{ query: 0, positive: 1, negatives: [2], scores: [1, null] }]]);
    expect(teacherTargets(alone, 1)).toBeNull();
    const mixed = layOut([
      [
        { query: 0, positive: 1, negatives: [2, 3], scores: [1000, null, 1000] },
        { query: 4, positive: 5, negatives: [] },
      ],
    ]);
    expect([...(teacherTargets(mixed, 1) ?? [])]).toEqual([0.5, -1, -1, 0.5, -1, -1, -1, -1]);
    expect(() => assertTaught(mixed.rows)).not.toThrow();
    expect(() => assertTaught(alone.rows)).toThrow(expect.objectContaining({ code: "no-teacher-scores" }) as Error);
  });
});

describe("the mask by margin", () => {
  /** Guide and student of four queries, their positives and a hard negative each; drawn once. */
  const GUIDE = [
    [-0.246406, 0.165981, 0.757138, -0.581787],
    [-0.762082, -0.359295, 0.314211, 0.437504],
    [0.081466, -0.444356, 0.871564, -0.19049],
    [0.393845, 0.823644, -0.089459, 0.398113],
    [-0.180539, 0.41691, -0.871388, -0.185136],
    [-0.852158, -0.17985, 0.106292, 0.479774],
    [0.146695, 0.514431, 0.825062, -0.181975],
    [-0.417588, -0.875909, -0.192859, 0.145631],
    [-0.049705, -0.198895, -0.238887, -0.949159],
    [-0.158437, -0.351578, -0.317763, -0.866209],
    [-0.025759, 0.248777, 0.280745, -0.926622],
    [0.312404, 0.459526, -0.531595, -0.639254],
  ];
  const STUDENT = [
    [-0.316934, -0.131226, -0.654045, -0.674209],
    [0.504623, -0.352327, 0.447413, 0.648878],
    [0.483851, 0.217662, 0.807004, 0.259337],
    [0.642857, 0.638437, 0.032614, 0.421983],
    [-0.199536, 0.544888, 0.055219, 0.812547],
    [-0.803306, -0.392943, 0.299768, 0.332316],
    [-0.172783, -0.053586, -0.009639, 0.983454],
    [-0.99839, -0.011142, 0.033216, 0.044616],
    [0.534498, -0.079712, -0.472481, -0.696218],
    [-0.925643, -0.001249, -0.274328, 0.26063],
    [-0.765234, -0.455319, -0.022601, -0.454522],
    [-0.81731, 0.061796, 0.334935, -0.464763],
  ];
  const guide = { data: Float32Array.from(GUIDE.flat()), dim: 4 };
  const four = [0, 1, 2, 3].map((i) => ({ query: i, positive: 4 + i, negatives: [8 + i] }));

  // The loss of sentence-transformers 6.0.1's CachedGISTEmbedLoss on these embeddings in float64, without its contrasts beside the queries'.
  it.each<[FalseNegativeRule, number]>([
    [{ marginStrategy: "absolute", margin: 0 }, 0.9014511257522743],
    [{ marginStrategy: "absolute", margin: 0.3 }, 0.8979845153456977],
    [{ marginStrategy: "relative", margin: 0.05 }, 0.9014511257522743],
    [{ marginStrategy: "relative", margin: 0.5 }, 0.8952088849503169],
  ])("leaves out what CachedGISTEmbedLoss does: %j", (rule, loss) => {
    const mask = rowsOf(marginMask(layOut([four.slice(0, 3), four.slice(3)]), guide, rule), 8);
    expect(mask.flat().some(Boolean)).toBe(true);
    expect(rankingLoss64(STUDENT.slice(0, 4), STUDENT.slice(4), 4, { mask }).loss).toBeCloseTo(loss, 5);
  });

  it("goes by the teacher where it scored both documents, and by the guide elsewhere", () => {
    const rule: FalseNegativeRule = { marginStrategy: "absolute", margin: 0.5 };
    const scored = (scores: (number | null)[]) =>
      marginMask(
        layOut([[{ query: 0, positive: 1, negatives: [2, 2], scores }]]),
        { data: Float32Array.of(1, 0, 1, 0, -1, 0), dim: 2 },
        rule,
      );
    expect([...scored([3, 2.6, 2.4])]).toEqual([0, 1, 0]);
    expect([...scored([null, 9, 9])]).toEqual([0, 0, 0]);
    expect([...scored([3, null, 9])]).toEqual([0, 0, 1]);
  });
});

const settings: Hyperparameters = {
  ...DEFAULT_HYPERPARAMETERS,
  rank: 4,
  alpha: 8,
  batchSize: 6,
  chunkSize: 6,
  epochs: 1,
};
const both: Partial<Hyperparameters> = {
  distillation: { weight: 1, temperature: 1 },
  falseNegatives: { marginStrategy: "absolute", margin: 0.1 },
};

/** Losses and gradient norms of the first two steps on rows that carry scores, or not. */
const steps = async (changes: Partial<Hyperparameters>, scored = true) => {
  const model = await loadNano(session.kernels, "bf16");
  const rows = Array.from({ length: 12 }, (_, i) => ({
    query: `t${i}`,
    positive: `t${i + 100} t${i}`,
    negatives: [`t${i + 300}`, `t${i + 400} t${i}`],
    ...(scored && { scores: [2, i % 2, 1.5] }),
  }));
  const tokenizer = await loadTokenizer(fixtureModel("nano"));
  const examples = await tokenizeExamples(rows, tokenizer, { query: "t500 ", document: "" }, 32);
  const adapter = LoraAdapter.create(session.kernels, model.config, { rank: 4, alpha: 8, seed: 1 });
  // A guide to whom texts are the nearer the closer they stand in the list.
  const angles = examples.sequences.map((_, i) => i / 40);
  const guide = { data: Float32Array.from(angles.flatMap((x) => [Math.cos(x), Math.sin(x)])), dim: 2 };
  const trainer = new Trainer(model, adapter, examples, { ...settings, ...changes }, { guide });
  const [first, second] = [await trainer.step(), await trainer.step()];
  [adapter, model].forEach((item) => item.dispose());
  return { fingerprint: trainer.fingerprint, numbers: [first.loss, first.gradNorm, second.loss, second.gradNorm] };
};

test("a run in chunks learns the same from teacher and mask as a whole batch", async () => {
  const whole = await steps(both);
  const chunked = await steps({ ...both, chunkSize: 2 });
  chunked.numbers.forEach((value, i) => expect(value).toBeCloseTo(whole.numbers[i] ?? NaN, 4));
});

test("scores that are not asked for change neither a bit of a run nor its fingerprint; those that are change both", async () => {
  const plain = await steps({}, false);
  expect(await steps({})).toEqual(plain);
  const taught = await steps({ distillation: { weight: 1, temperature: 1 } });
  expect(taught.fingerprint).not.toBe(plain.fingerprint);
  expect(taught.numbers[0]).toBeGreaterThan(plain.numbers[0] ?? NaN);
  const masked = await steps({ falseNegatives: { marginStrategy: "absolute", margin: 0.1 } }, false);
  expect(masked.numbers[0]).toBeLessThan(plain.numbers[0] ?? NaN);
});
