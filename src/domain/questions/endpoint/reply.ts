import { z } from "zod";
import { StudioError } from "../../errors.ts";
import type { ChatAnswer } from "../writer.ts";
import { FatalWriterError } from "../fatal.ts";
import { PassingFailure } from "./failures.ts";

/** No answer of five questions is longer; what is behind it is not read. */
const MAX_BYTES = 1024 * 1024;

const replySchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.union([z.string(), z.array(z.object({ text: z.string().optional() }))]).nullish(),
          refusal: z.string().nullish(),
        }),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().nullish(), completion_tokens: z.number().nullish() }).nullish(),
});

/**
 * Reads a body up to 1 MB.
 *
 * @throws PassingFailure where it breaks off; StudioError `answer-too-long`
 */
export const readBody = async (response: Response): Promise<string> => {
  const reader = response.body?.getReader();
  if (!reader) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > MAX_BYTES) {
      await reader.cancel();
      throw new StudioError(
        "answer-too-long",
        "The endpoint's answer is longer than any list of questions.",
        "Check that the address is that of a chat API.",
      );
    }
    text += decoder.decode(value, { stream: true });
  }
};

const webPage = (): FatalWriterError =>
  new FatalWriterError(
    "endpoint-no-chat-api",
    "The endpoint answers with a web page, not as a chat API.",
    "Check the address, which usually ends in /v1.",
  );

/**
 * @throws StudioError `answer-refused`, `answer-unreadable`; FatalWriterError where a web page answers; PassingFailure where the
 *   body was cut
 */
export const readReply = (body: string): ChatAnswer => {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    if (/^\s*<(!doctype|html)/i.test(body)) throw webPage();
    throw new PassingFailure("the answer was cut");
  }
  const parsed = replySchema.safeParse(json);
  const choice = parsed.data?.choices[0];
  if (!parsed.success || !choice)
    throw new StudioError(
      "answer-unreadable",
      "The endpoint's answer is not that of a chat API.",
      "Check the address, which usually ends in /v1.",
    );
  const { content, refusal } = choice.message;
  if (refusal || choice.finish_reason === "content_filter")
    throw new StudioError(
      "answer-refused",
      "The model declined to write about this passage.",
      "Look at the passage, or take another model.",
    );
  return {
    text: typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join(""),
    inputTokens: parsed.data.usage?.prompt_tokens ?? null,
    outputTokens: parsed.data.usage?.completion_tokens ?? null,
  };
};
