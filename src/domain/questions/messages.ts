import type { ChatPrompt } from "./writer.ts";

export interface ChatMessage {
  role: "system" | "user";
  content: string;
}

/** A prompt as chat models are asked it: the same words for every writer. */
export const messagesOf = ({ system, user }: ChatPrompt): ChatMessage[] => [
  { role: "system", content: system },
  { role: "user", content: user },
];
