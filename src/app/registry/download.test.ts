import { expect, test } from "vitest";
import { sha256Hex } from "../../domain/hashing.ts";
import { filesOfVersion } from "./download.ts";

const bytes = new TextEncoder().encode("weights");
const detail = (sha256: string) => ({
  repo: "recall-studio/model",
  version: "v1-0a1b2c3d",
  fileList: [{ path: "1_Pooling/config.json", bytes: 7, sha256 }],
});

test("every file of a version arrives as it was registered, or the download says which did not", async () => {
  const asked: string[][] = [];
  const client = {
    file: async (...address: [string, string, string]) => {
      asked.push(address);
      return bytes;
    },
  };
  expect(await filesOfVersion(detail(sha256Hex(bytes)), client)).toEqual([{ path: "1_Pooling/config.json", bytes }]);
  expect(asked).toEqual([["recall-studio/model", "v1-0a1b2c3d", "1_Pooling/config.json"]]);
  await expect(filesOfVersion(detail("0".repeat(64)), client)).rejects.toMatchObject({
    code: "download-damaged",
    message: "1_Pooling/config.json did not arrive as it was registered.",
  });
});
