import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { pair, randomMatrix } from "../../../testing/kernels.ts";

const unit = (matrix: tf.Tensor2D): tf.Tensor2D => tf.div(matrix, tf.norm(matrix, 2, 1, true));

describe.each(pair)("candidates, %s", (_name, { kernels }) => {
  it("lists what reaches the threshold, and counts what has no room", async () => {
    const [n, m, width, room] = [37, 301, 96, 24];
    const [q, d] = [unit(randomMatrix(n, width, 1)), unit(randomMatrix(m, width, 2))];
    const [a, b] = [await q.array(), await d.array()];
    const exact = a.map((query) => b.map((doc) => query.reduce((sum, x, i) => sum + x * at(doc, i), 0)));
    // From none to more than there is room for.
    const thresholds = Float32Array.from({ length: n }, (_, i) => 0.45 - 0.012 * i);
    const { counts, rows } = await kernels.candidates(q, d, thresholds, room);
    let full = 0;
    exact.forEach((similarities, i) => {
      const near = similarities.some((s) => Math.abs(s - at(thresholds, i)) < 1e-6);
      expect(near, "the random data puts no similarity on a threshold").toBe(false);
      const wanted = similarities.flatMap((s, j) => (s >= at(thresholds, i) ? [j] : []));
      expect(counts[i]).toBe(wanted.length);
      const listed = [...rows.subarray(i * room, i * room + Math.min(room, wanted.length))].sort((x, y) => x - y);
      if (wanted.length <= room) expect(listed).toEqual(wanted);
      else {
        full++;
        expect(new Set(listed).size).toBe(room);
        expect(listed.every((j) => wanted.includes(j))).toBe(true);
      }
    });
    expect(full).toBeGreaterThan(0);
    expect(full).toBeLessThan(n);
  });
});
