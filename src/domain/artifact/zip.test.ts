import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { sha256Hex } from "../hashing.ts";
import { at } from "../present.ts";
import { buildArtifact, unzipArtifact, zipArtifact, zipBlob, type FolderFile } from "./index.ts";
import { sampleInput } from "./sample.ts";

const hashes = (folder: FolderFile[]) => folder.map(({ path, bytes }) => [path, sha256Hex(bytes)]);
const date = new Date("2026-11-22T12:00:00Z");
test("a zip gives the folder back, has the announced size, and is the same each time", async () => {
  const files = await buildArtifact(await sampleInput(diskModel(tinyBase)));
  const blob = await zipBlob(files, date, "my-model/");
  expect(blob.size).toBe(zipArtifact(files, date, "my-model/").bytes);
  const zip = new Uint8Array(await blob.arrayBuffer());
  expect(hashes(await unzipArtifact(zip))).toEqual(hashes(files));
  const again = new Uint8Array(await (await zipBlob(files, date, "my-model/")).arrayBuffer());
  expect(sha256Hex(again)).toBe(sha256Hex(zip));
});
test("a zip streams an entry of known size", async () => {
  const chunks = (async function* () {
    yield Uint8Array.of(1, 2);
    yield Uint8Array.of(3);
  })();
  const zip = new Uint8Array(
    await (await zipBlob([{ path: "a.bin", bytes: { size: 3, chunks } }], date)).arrayBuffer(),
  );
  expect(await unzipArtifact(zip)).toEqual([{ path: "a.bin", bytes: Uint8Array.of(1, 2, 3) }]);
});
test("unpacking refuses names that leave the folder, too much content, and what is no zip", async () => {
  const zip = async (path: string, size = 1) =>
    new Uint8Array(await (await zipBlob([{ path, bytes: new Uint8Array(size) }], date)).arrayBuffer());
  await expect(unzipArtifact(await zip("../a"))).rejects.toMatchObject({ code: "zip-unsafe-path" });
  await expect(unzipArtifact(await zip("a", 2000), 1000)).rejects.toMatchObject({ code: "zip-too-large" });
  await expect(unzipArtifact(new TextEncoder().encode("not a zip"))).rejects.toMatchObject({ code: "zip-invalid" });
});
test("unpacking gives no more than an entry announces", async () => {
  const zip = zipSync({ a: new Uint8Array(1_000_000) });
  const view = new DataView(zip.buffer, zip.byteOffset);
  for (let at = 0; at < zip.length - 4; at++) {
    if (view.getUint32(at, true) === 0x04034b50) view.setUint32(at + 22, 10, true);
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 10, true);
  }
  expect(at(await unzipArtifact(zip), 0).bytes.length).toBe(10);
});
