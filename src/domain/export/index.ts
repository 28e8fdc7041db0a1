export type { ExportedFile } from "./exportedFile.ts";
export * from "./forms.ts";
export * from "./types.ts";
export { ONNX_FOLDER } from "./onnxFolder.ts";
export { exportCard, type FormRecall, recallLine } from "./card.ts";
