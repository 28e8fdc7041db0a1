import { describe } from "vitest";
import { EVERYTHING, paritySuite } from "../testing/suites/parity.ts";

describe("the engine on plain tensor ops, on WebAssembly", () => {
  paritySuite("plain", { backends: ["wasm"] }, EVERYTHING);
});

describe("the engine on plain tensor ops, on the CPU", () => {
  paritySuite(
    "plain",
    { backends: ["cpu"] },
    { ...EVERYTHING, weights: ["bf16"], variants: ["pairs"], matryoshka: ["pairs"], chunkSize: 4 },
  );
});
