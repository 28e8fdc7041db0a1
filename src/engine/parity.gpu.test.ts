import { describe } from "vitest";
import { EVERYTHING, paritySuite } from "./paritySuite.ts";

describe("the engine on our shaders", () => {
  paritySuite("wgsl", { backends: ["webgpu"] }, EVERYTHING);
});

describe("the engine on plain tensor ops, on WebGPU", () => {
  paritySuite("plain", { backends: ["webgpu"] }, { weights: ["f32"], variants: ["pairs"], chunkSize: 7 });
});
