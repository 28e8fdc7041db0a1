import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { fixtureJson, fixtureTensors } from "../../../testing/fixtures/load.ts";
import { rankingLoss64 } from "../../../testing/rankingLoss64.ts";
import { expectClose, pair, get, matrix, tfjs, randomMatrix } from "../../../testing/kernels.ts";

interface Lora {
  scale: number;
  variants: Record<string, { columns: number[][][]; loss: number; similarity: number[][] }>;
}
const lora = await fixtureJson<Lora>("lora/lora.json");
const vectors = await fixtureTensors("lora/embeddings.safetensors");

/** The part of a gradient along the sphere: torch normalizes once more inside the loss, which takes the rest away. */
const tangent = (gradient: tf.Tensor2D, unit: tf.Tensor2D): tf.Tensor2D =>
  tf.sub(gradient, tf.mul(unit, tf.sum(tf.mul(gradient, unit), 1, true)));

describe.each(pair)("ranking loss, %s", (_name, { kernels }) => {
  it.each(["pairs", "one_negative", "two_negatives"])(
    "equals the fixture with %s: loss, cosines, gradients",
    async (variant) => {
      const { columns, loss, similarity } = lora.variants[variant]!;
      const column = (i: number, what: string) => matrix(get(vectors, `${variant}.column_${i}.${what}`), 7);
      const others = columns.slice(1).map((_, i) => i + 1);
      const queries = column(0, "embeddings");
      const documents = tf.concat(others.map((i) => column(i, "embeddings")));
      const result = kernels.rankingLoss(queries, documents, lora.scale, null);
      expect(Math.abs(at(await result.loss.data(), 0) - loss)).toBeLessThan(2e-5);
      expectClose(await result.similarity.data(), similarity.flat());
      expectClose(
        await tangent(result.dQueries, queries).data(),
        get(vectors, `${variant}.column_0.gradient`).data,
        2e-5,
      );
      expectClose(
        await tangent(result.dDocuments, documents).data(),
        await tf.concat(others.map((i) => column(i, "gradient"))).data(),
        2e-5,
      );
    },
  );

  it("leaves masked documents out: as if they were not there", async () => {
    const [q, d] = [tf.div(randomMatrix(3, 32, 1), 4) as tf.Tensor2D, tf.div(randomMatrix(5, 32, 2), 4) as tf.Tensor2D];
    const mask = tf.tensor2d([0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1], [3, 5]);
    const masked = kernels.rankingLoss(q, d, 20, mask);
    const without = kernels.rankingLoss(q, tf.slice(d, [0, 0], [3, 32]), 20, null);
    expectClose(await masked.loss.data(), await without.loss.data());
    expectClose(await masked.dQueries.data(), await without.dQueries.data());
    expectClose((await masked.dDocuments.data()).slice(3 * 32), new Float32Array(64), 0);
  });
});

describe.each(pair)("ranking loss with a teacher, %s", (_name, { kernels }) => {
  it("equals the formulas in float64: masked, taught by groups of several sizes, and a row without one", async () => {
    const [n, m, width] = [5, 14, 32];
    const [q, d] = [
      tf.div(randomMatrix(n, width, 3), 4) as tf.Tensor2D,
      tf.div(randomMatrix(m, width, 4), 4) as tf.Tensor2D,
    ];
    const rows = async (x: tf.Tensor2D) => (await x.array()) as number[][];
    const none = Array<number>(m).fill(-1);
    const teacher = [0, 1, 2, 3, 4].map((i) =>
      i === 3
        ? none
        : none.map((_, j) => (i === 2 ? (j === 2 ? 1 : -1) : j === i ? 0.25 : j === 5 + i ? 0.75 : j === 9 ? 0 : -1)),
    );
    const mask = teacher.map((_, i) => none.map((_, j) => (j === 5 + i || (j === 12 && i > 2) ? 1 : 0)));
    const weight = 0.6;
    const exact = rankingLoss64(await rows(q), await rows(d), 20, { mask, teacher, weight });
    const result = kernels.rankingLoss(q, d, 20, tf.tensor2d(mask), { teacher: tf.tensor2d(teacher), weight });
    expect(Math.abs(at(await result.loss.data(), 0) - exact.loss)).toBeLessThan(2e-5);
    expectClose(await result.dQueries.data(), exact.dQueries.flat(), 2e-5);
    expectClose(await result.dDocuments.data(), exact.dDocuments.flat(), 2e-5);
    const without = kernels.rankingLoss(q, d, 20, null, { teacher: tf.tensor2d(teacher.map(() => none)), weight });
    const plain = kernels.rankingLoss(q, d, 20, null);
    expectClose(await without.loss.data(), await plain.loss.data(), 0);
    expectClose(await without.dDocuments.data(), await plain.dDocuments.data(), 0);
  });
});

describe.each(pair.slice(1))("ranking loss, %s", (_name, { kernels }) => {
  it("equals the reference on 67 queries and 201 documents", async () => {
    const [q, d] = [
      tf.div(randomMatrix(67, 128, 1), 8) as tf.Tensor2D,
      tf.div(randomMatrix(201, 128, 2), 8) as tf.Tensor2D,
    ];
    const results: ArrayLike<number>[][] = [];
    for (const path of [tfjs, kernels]) {
      const { loss, similarity, sums, dQueries, dDocuments } = path.rankingLoss(q, d, 20, null);
      const own = tf.div(sums, 67 * 201); // as a mean, for the bar of the others
      results.push(await Promise.all([loss, similarity, own, dQueries, dDocuments].map((tensor) => tensor.data())));
    }
    at(results, 1).forEach((actual, i) => expectClose(actual, at(at(results, 0), i)));
  });
});
