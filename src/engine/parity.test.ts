import { describe } from "vitest";
import { EVERYTHING, paritySuite } from "./paritySuite.ts";

describe("the engine on plain tensor ops, on the CPU", () => {
  paritySuite("plain", { backends: ["cpu"] }, EVERYTHING);
});
