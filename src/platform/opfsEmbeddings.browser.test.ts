import { afterEach, expect, test } from "vitest";
import { listFiles, removePath, writeFile } from "./opfs.ts";
import { opfsEmbeddings } from "./opfsEmbeddings.ts";

const ROOT = "embeddings-test";
const MODEL = "a".repeat(64);
const key = (i: number): string => i.toString(16).padStart(32, "0");
const keys = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => key(from + i));
const rows = (from: number, to: number, dim: number): Float32Array =>
  Float32Array.from({ length: (to - from) * dim }, (_, i) => from * dim + i);

afterEach(() => removePath(ROOT));

test("a later visit finds what was written, across files, and nothing else", async () => {
  await opfsEmbeddings(ROOT).write(MODEL, keys(0, 5000), rows(0, 5000, 4));
  await opfsEmbeddings(ROOT).write(MODEL, keys(5000, 5003), rows(5000, 5003, 4));
  const cache = opfsEmbeddings(ROOT);
  const found = await cache.read(MODEL, [key(4999), key(9999), key(1), key(5002)], 4);
  expect([...found].map(([at, row]) => [at, row[0]]).sort()).toEqual([
    [0, 19996],
    [2, 4],
    [3, 20008],
  ]);
  expect((await cache.read("b".repeat(64), [key(1)], 4)).size).toBe(0);
  await cache.write(MODEL, [key(9999)], rows(9999, 10000, 4));
  expect((await cache.read(MODEL, [key(9999)], 4)).get(0)?.[3]).toBe(39999);
});

test("damaged files and other dimensions count as absent", async () => {
  await opfsEmbeddings(ROOT).write(MODEL, keys(0, 3), rows(0, 3, 4));
  expect((await opfsEmbeddings(ROOT).read(MODEL, keys(0, 3), 8)).size).toBe(0);
  const [name] = await listFiles(ROOT);
  await writeFile(`${ROOT}/${name}`, new Uint8Array([3, 0, 0, 0, 4, 0, 0, 0, 1, 2]));
  expect((await opfsEmbeddings(ROOT).read(MODEL, keys(0, 3), 4)).size).toBe(0);
});

test("beyond the limit the oldest go, and a reader that knew them notices", async () => {
  const reader = opfsEmbeddings(ROOT);
  const writer = opfsEmbeddings(ROOT, 3000); // a file of 100 rows takes 2,008 bytes at dimension 1
  await writer.write(MODEL, keys(0, 100), rows(0, 100, 1));
  expect((await reader.read(MODEL, [key(7)], 1)).size).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await writer.write(MODEL, keys(100, 200), rows(100, 200, 1));
  expect(await listFiles(ROOT)).toHaveLength(1);
  expect([...(await reader.read(MODEL, [key(7), key(107)], 1)).keys()]).toEqual([1]);
});
