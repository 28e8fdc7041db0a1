import { generationPaths } from "../../../domain/api/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { endpointWriter } from "../../../domain/questions/endpoint/endpointWriter.ts";
import { FatalWriterError } from "../../../domain/questions/fatal.ts";
import type { Writer } from "../../../domain/questions/writer.ts";
import type { WriterChoice } from "../protocol.ts";

/** The writer behind an endpoint. @throws StudioError `endpoint-address`, `endpoint-model` */
export const writerOf = (
  choice: Exclude<WriterChoice, { kind: "weak" | "page" }>,
  token: string | null,
  onWaiting: (milliseconds: number, reason: string) => void,
): Writer => {
  if (choice.kind === "server")
    return ofServer(
      endpointWriter({ url: `${location.origin}${generationPaths.api}`, model: choice.model, key: token, onWaiting }),
    );
  if (choice.model.trim() === "")
    throw new StudioError("endpoint-model", "No model is named.", "Give the model's name as the endpoint knows it.");
  return endpointWriter({ url: choice.url, model: choice.model.trim(), onWaiting });
};

/** A refused key is the studio's own token here: the model's key is the server's. */
const ofServer = (writer: Writer): Writer => ({
  ...writer,
  ask: (prompt, signal) =>
    writer.ask(prompt, signal).catch((thrown: unknown) => {
      if (!(thrown instanceof StudioError) || thrown.code !== "endpoint-key-refused") throw thrown;
      throw new FatalWriterError(
        "token-needed",
        "The studio's server wants its token before it writes.",
        "Give the token on the Models screen, then write the rest.",
      );
    }),
});
