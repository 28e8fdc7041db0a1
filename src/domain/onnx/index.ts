export { ONNX_LAYOUT } from "./dataLayout.ts";
export { lastTokenVectors, leftPadded } from "./pooling.ts";
export { ropeTables } from "./rope.ts";
export {
  ADAPTER_DATA,
  BASE_DATA,
  BASE_GRAPH,
  graphLayout,
  writeBaseOnnx,
  writeTunedOnnx,
  type OnnxSink,
} from "./write.ts";
