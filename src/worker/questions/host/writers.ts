import { endpointWriter } from "../../../domain/questions/endpoint/endpointWriter.ts";
import type { Writer } from "../../../domain/questions/writer.ts";
import { StudioError } from "../../../domain/errors.ts";
import type { WriterChoice } from "../protocol.ts";

/** The writer of a choice. @throws StudioError `endpoint-address`, `endpoint-model` */
export const writerOf = (
  choice: Exclude<WriterChoice, { kind: "weak" }>,
  onWaiting: (milliseconds: number, reason: string) => void,
): Writer => {
  if (choice.model.trim() === "")
    throw new StudioError("endpoint-model", "No model is named.", "Give the model's name as the endpoint knows it.");
  return endpointWriter({ url: choice.url, model: choice.model.trim(), onWaiting });
};
