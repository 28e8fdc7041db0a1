import { describe, it } from "vitest";
import { at } from "../../../domain/present.ts";
import { fixtureTensors } from "../../../testing/fixtures/load.ts";
import { expectClose, pair, get, matrix, tfjs, randomMatrix, rows, sequences } from "../../../testing/kernels.ts";

const fixture = await fixtureTensors("ops/swiglu.safetensors");

describe.each(pair)("SwiGLU, %s", (_name, { kernels }) => {
  it("equals the fixture, with gates of ±100 and ±0", async () => {
    const batch = kernels.packedBatch(sequences([6]), 6);
    const [gate, up, dy] = ["gate", "up", "dy"].map((name) => matrix(get(fixture, name), 6)) as [
      ReturnType<typeof matrix>,
      ...ReturnType<typeof matrix>[],
    ];
    expectClose(await rows(kernels.swiglu(gate, up!, batch), batch), get(fixture, "y").data);
    const { dgate, dup } = kernels.swigluBackward(dy!, gate, up!, batch);
    expectClose(await rows(dgate, batch), get(fixture, "dgate").data);
    expectClose(await rows(dup, batch), get(fixture, "dup").data);
  });
});

describe.each(pair.slice(1))("SwiGLU, %s", (_name, { kernels }) => {
  it("equals the reference on an odd number of wide rows", async () => {
    const [gate, up, dy] = [randomMatrix(37, 3072, 1), randomMatrix(37, 3072, 2), randomMatrix(37, 3072, 3)];
    const results: Float32Array[][] = [];
    for (const path of [tfjs, kernels]) {
      const batch = path.packedBatch(sequences([33]), 37);
      const { dgate, dup } = path.swigluBackward(dy, gate, up, batch);
      results.push(await Promise.all([path.swiglu(gate, up, batch), dgate, dup].map((tensor) => rows(tensor, batch))));
    }
    at(results, 1).forEach((actual, i) => expectClose(actual, at(at(results, 0), i)));
  });
});
