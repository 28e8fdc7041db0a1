export type { ExportedFile } from "./exportedFile.ts";
export * from "./forms.ts";
export * from "./types.ts";
export { ONNX_FOLDER } from "./onnxFolder.ts";
export { exportCard } from "./card.ts";
export { type FormRecall, formRecallOf, recallLine } from "./recall.ts";
