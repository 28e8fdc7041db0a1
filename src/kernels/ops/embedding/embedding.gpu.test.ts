import { describe, expect, it } from "vitest";
import { fixtureBytes, fixtureTensors } from "../../../testing/fixtures/load.ts";
import { pair, get, rows } from "../../../testing/kernels.ts";
import { createKernels } from "../../index.ts";
import { decode } from "../../numbers.ts";

const forward = await fixtureTensors("forward/forward.safetensors");

/** The embedding table of the nano model in one dtype: its bytes in the file. */
const table = async (file: string) => {
  const bytes = await fixtureBytes(file);
  const size = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size))) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const [start, end] = header["embed_tokens.weight"]!.data_offsets;
  return bytes.slice(8 + size + start, 8 + size + end);
};

describe.each(pair)("embedding, %s", (_name, { kernels }) => {
  it.each([
    ["F32", "nano/model.safetensors"],
    ["BF16", "nano/model.bf16.safetensors"],
    ["F16", "nano/model.f16.safetensors"],
  ] as const)("gathers %s rows to the last bit", async (dtype, file) => {
    const bytes = await table(file);
    const ids = [...get(forward, "ladder.token_ids").data];
    const batch = kernels.packedBatch([ids], 96);
    const values = decode(bytes, dtype);
    const expected = ids.flatMap((id) => [...values.subarray(id * 64, id * 64 + 64)]);
    expect([...(await rows(kernels.embed(kernels.frozenMatrix(bytes, dtype, 512, 64), batch), batch))]).toEqual(
      expected,
    );
    if (dtype === "F32") expect(expected).toEqual([...get(forward, "ladder.hidden_0.f32").data]);
  });
});

describe("a table larger than one binding", () => {
  it("lies in shards, and its rows may come in blocks that end anywhere", async () => {
    const { kernels } = await createKernels({ device: "wgsl", largestBinding: 100 * 64 * 2 });
    const bytes = await table("nano/model.bf16.safetensors");
    // Few rows: a batch, too, has to lie in one binding.
    const ids = [...get(forward, "ladder.token_ids").data.slice(0, 34), 0, 99, 100, 199, 200, 511];
    const batch = kernels.packedBatch([ids], 40);
    const writer = kernels.frozenRows("BF16", 512, 64);
    for (let row = 0; row < 512; row += 150) writer.write(bytes.subarray(row * 128, (row + 150) * 128));
    const sharded = writer.finish();
    const values = decode(bytes, "BF16");
    expect([...(await rows(kernels.embed(sharded, batch), batch))]).toEqual(
      ids.flatMap((id) => [...values.subarray(id * 64, id * 64 + 64)]),
    );
    const x = kernels.embed(sharded, batch);
    expect(() => kernels.linear(x, sharded, null, batch)).toThrow(
      expect.objectContaining({ code: "adapter-too-small" }),
    );
    expect(() => kernels.frozenRows("BF16", 512, 64).finish()).toThrow(
      expect.objectContaining({ code: "weights-damaged" }),
    );
  });
});
