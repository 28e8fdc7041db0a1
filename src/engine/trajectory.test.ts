import { describe } from "vitest";
import { trajectorySuite } from "./trajectorySuite.ts";

describe("training on plain tensor ops, on the CPU", () => {
  trajectorySuite("plain", { backends: ["cpu"] }, ["bf16"]);
});
