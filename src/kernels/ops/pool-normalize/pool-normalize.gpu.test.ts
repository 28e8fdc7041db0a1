import { describe, expect, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import {
  expectClose,
  forms,
  get,
  matrix,
  ours,
  tfjs,
  randomMatrix,
  rows,
  sequences,
} from "../../../testing/kernels.ts";

const fixture = await fixtureTensors("ops/l2_normalize.safetensors");
const forward = await fixtureTensors("forward/forward.safetensors");

describe.each(forms)("pooling and normalization, %s", (_name, { kernels }) => {
  it("equals the fixture row by row, forward and backward", async () => {
    const batch = kernels.packedBatch(sequences([1, 1, 1, 1, 1]), 6);
    const x = matrix(
      { ...get(fixture, "x"), data: Float32Array.from([...get(fixture, "x").data, ...new Float32Array(64)]) },
      6,
    );
    const { embeddings, norms } = kernels.poolNormalize(x, batch);
    const dx = kernels.poolNormalizeBackward(matrix(get(fixture, "dy"), 5), x, batch);
    const [e, g] = [await embeddings.data(), await rows(dx, batch)];
    for (let row = 0; row < 5; row++) {
      const part = (name: string) => get(fixture, name).data.slice(row * 64, row * 64 + 64);
      const norm = Math.hypot(...part("x"));
      if (norm > 0 && norm < 1e-18) continue; // its square is below float32
      expectClose(e.slice(row * 64, row * 64 + 64), part("y"));
      expectClose(g.slice(row * 64, row * 64 + 64), part("dx"));
      expect(Math.abs(at(await norms.data(), row) - norm)).toBeLessThanOrEqual(1e-6 * norm);
    }
  });

  it("takes the last token of every segment of a model's output", async () => {
    const batch = kernels.packedBatch(sequences([1, 2, 3, 5, 8, 13, 21, 40]), 93);
    const { embeddings } = kernels.poolNormalize(matrix(get(forward, "ladder.last_hidden_state.f64"), 93), batch);
    expectClose(await embeddings.data(), get(forward, "ladder.embeddings.f64").data, 2e-6);
  });
});

describe.each(ours)("pooling and normalization, %s", (_name, { kernels }) => {
  it("equals the reference on ragged segments, zero away from last tokens", async () => {
    const [x, d] = [randomMatrix(110, 1024, 1), randomMatrix(4, 1024, 2)];
    const results: ArrayLike<number>[][] = [];
    for (const path of [tfjs, kernels]) {
      const batch = path.packedBatch(sequences([1, 70, 3, 31]), 110);
      const { embeddings, norms } = path.poolNormalize(x, batch);
      results.push([
        await embeddings.data(),
        await norms.data(),
        await rows(path.poolNormalizeBackward(d, x, batch), batch),
      ]);
    }
    at(results, 1).forEach((actual, i) => expectClose(actual, at(at(results, 0), i)));
  });
});
