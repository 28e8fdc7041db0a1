export type { ExportedFile } from "./exportedFile.ts";
export * from "./forms.ts";
export { exportCard } from "./card.ts";
