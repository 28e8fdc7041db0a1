import { expect, test } from "vitest";
import { sha256Hex } from "../../domain/hashing.ts";

const NANO = new URL("../../testing/fixtures/nano", import.meta.url).href;

test("downloads into the origin private file system, goes on after a cut, opens offline, lists and removes", async () => {
  const worker = new Worker(new URL("./opfsScenario.worker.ts", import.meta.url), { type: "module" });
  const { result, error } = await new Promise<{ result?: Record<string, unknown>; error?: string }>(
    (resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(NANO);
    },
  );
  worker.terminate();
  expect(error).toBeUndefined();
  const file = new Uint8Array(await (await fetch(`${NANO}/model.safetensors`)).arrayBuffer());
  const sha256 = sha256Hex(file);
  expect(result).toMatchObject({
    failed: "hub-unreachable",
    partial: [{ repo: "someone/nano", complete: false, sha256: null }],
    sha256: [sha256, sha256],
    range: true,
    complete: [{ repo: "someone/nano", complete: true, sha256 }],
    busy: "hub-busy",
    left: [],
  });
  // What the first visit stored counts at once in the second.
  expect(result!.firstSeen).toBeGreaterThan(100_000);
});
