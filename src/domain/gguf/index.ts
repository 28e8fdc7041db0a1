export type { GgufType } from "./format.ts";
export { ggufLora, ggufModel } from "./qwen3.ts";
export { ggufAsModelFiles } from "./asModelFiles.ts";
