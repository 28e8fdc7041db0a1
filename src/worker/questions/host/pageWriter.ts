import { StudioError, toProblem } from "../../../domain/errors.ts";
import { FatalWriterError } from "../../../domain/questions/fatal.ts";
import { messagesOf } from "../../../domain/questions/messages.ts";
import type { Writer } from "../../../domain/questions/writer.ts";
import type { Generate } from "../../generator/protocol.ts";

/** Every other passage would meet them too. */
const FATAL = ["page-memory", "page-device-lost", "page-runtime-failed"];
/** Five questions take less; a small model that begins to turn in circles is not given a thousand tokens to do it. */
const MOST_TOKENS = 384;

/** A writer that asks a model in the page: the endpoint's prompts, one at a time, since one passage fills the device. */
export const pageWriter = (model: string, generate: Generate): Writer => ({
  kind: "page",
  model,
  concurrency: 1,
  ask: (prompt, signal) =>
    generate(messagesOf(prompt), { maxNewTokens: Math.min(prompt.maxTokens, MOST_TOKENS), signal }).catch(
      (thrown: unknown) => {
        signal.throwIfAborted();
        if (!(thrown instanceof StudioError) || !FATAL.includes(thrown.code)) throw thrown;
        const { code, message, hint } = toProblem(thrown);
        throw new FatalWriterError(code, message, hint, { cause: thrown });
      },
    ),
});
