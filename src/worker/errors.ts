import { transferHandlers, type TransferHandler } from "comlink";
import { fromProblem, toProblem, type Problem } from "../domain/errors.ts";

/** Comlink's own wrapper of a thrown value. */
interface Thrown {
  value: unknown;
}

/** Lets errors cross between page and worker with code, message and hint. Both sides call it before they talk. */
export const installErrorTransfer = (): void => {
  const comlinks = transferHandlers.get("throw") as TransferHandler<Thrown, unknown>;
  const ours: TransferHandler<Thrown, Problem> = {
    canHandle: (value): value is Thrown => comlinks.canHandle(value),
    serialize: ({ value }) => [toProblem(value), []],
    deserialize: (problem) => {
      throw fromProblem(problem);
    },
  };
  transferHandlers.set("throw", ours);
};
