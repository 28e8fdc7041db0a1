export type { GgufType } from "./format.ts";
export { ggufLora, ggufModel } from "./qwen3.ts";
export { ggufAsAdapter } from "./asAdapter.ts";
export { ggufAsModelFiles } from "./asModelFiles.ts";
