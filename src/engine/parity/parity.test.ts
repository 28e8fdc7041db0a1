import { describe } from "vitest";
import { EVERYTHING, paritySuite } from "../../testing/suites/parity/index.ts";

describe("the engine on tfjs ops, on WebAssembly", () => {
  paritySuite("tfjs", { backends: ["wasm"] }, EVERYTHING);
});

describe("the engine on tfjs ops, on the CPU", () => {
  paritySuite(
    "tfjs",
    { backends: ["cpu"] },
    { ...EVERYTHING, weights: ["bf16"], variants: ["pairs"], matryoshka: ["pairs"], chunkSize: 4 },
  );
});
