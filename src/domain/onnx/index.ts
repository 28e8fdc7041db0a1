export { ONNX_LAYOUT, type OnnxType } from "./dataLayout.ts";
export { lastTokenVectors, leftPadded } from "./pooling.ts";
export { ropeTables } from "./rope.ts";
export {
  ADAPTER_DATA,
  BASE_DATA,
  BASE_GRAPH,
  graphLayout,
  lastTokenGraph,
  portableOnnx,
  writeBaseOnnx,
  writeTunedOnnx,
  type OnnxSink,
} from "./write.ts";
