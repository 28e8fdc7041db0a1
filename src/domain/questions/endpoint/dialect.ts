import { messagesOf } from "../messages.ts";
import type { ChatPrompt } from "../writer.ts";

/**
 * What an endpoint takes. All of it at first; a refusal (400, 422) takes one thing away, for all later requests. So any
 * server with a chat API can be used without being told which one it is.
 */
export interface Dialect {
  format: "json_schema" | "json_object" | "none";
  limit: "max_tokens" | "max_completion_tokens" | "none";
  seed: boolean;
  temperature: boolean;
}

export const FULL_DIALECT: Dialect = { format: "json_schema", limit: "max_tokens", seed: true, temperature: true };
const TEMPERATURE = 0.7;

/** The body of `POST /chat/completions`. No tools are offered, so none can be called. */
export const requestBody = (model: string, prompt: ChatPrompt, dialect: Dialect): Record<string, unknown> => ({
  model,
  messages: messagesOf(prompt),
  stream: false,
  ...(dialect.limit === "none" ? {} : { [dialect.limit]: prompt.maxTokens }),
  ...(dialect.temperature ? { temperature: TEMPERATURE } : {}),
  ...(dialect.seed ? { seed: prompt.seed } : {}),
  ...(dialect.format === "json_schema"
    ? {
        response_format: {
          type: "json_schema",
          json_schema: { name: "questions", strict: true, schema: prompt.schema },
        },
      }
    : {}),
  ...(dialect.format === "json_object" ? { response_format: { type: "json_object" } } : {}),
});

/**
 * What to try after a refusal: without the part that its message names, else with the next weaker form of answer.
 * Null when nothing is left to take away.
 */
export const weaker = (dialect: Dialect, detail: string): Dialect | null => {
  if (dialect.limit === "max_tokens" && /max_completion_tokens/.test(detail))
    return { ...dialect, limit: "max_completion_tokens" };
  if (dialect.temperature && /temperature/.test(detail)) return { ...dialect, temperature: false };
  if (dialect.seed && /\bseed\b/.test(detail)) return { ...dialect, seed: false };
  if (dialect.format === "json_schema") return { ...dialect, format: "json_object" };
  if (dialect.format === "json_object") return { ...dialect, format: "none" };
  if (dialect.limit !== "none" && /max_(completion_)?tokens/.test(detail)) return { ...dialect, limit: "none" };
  return null;
};
