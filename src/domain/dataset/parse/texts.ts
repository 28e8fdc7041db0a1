/** Reading texts out of the shapes that data sets use for them. */
type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TEXT_KEYS = ["text", "content", "contents", "document", "passage", "body"];

/**
 * A text: a string, a document object (`text`, `content`, …, with an optional `title` put in front, as BEIR does), a
 * chat message or a list of chat messages. Null when it is none of them.
 */
export const asText = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return isMessage(value[0]) ? messagesText(value) : null;
  if (!isObject(value)) return null;
  const key = TEXT_KEYS.find((name) => typeof value[name] === "string");
  if (key === undefined) return null;
  const text = value[key] as string;
  return typeof value.title === "string" && value.title.trim() !== "" ? `${value.title}\n${text}` : text;
};

/** A text or a list of texts; null when any entry is something else. */
export const asTexts = (value: unknown): string[] | null => {
  if (!Array.isArray(value) || isMessage(value[0])) {
    const text = asText(value);
    return text === null ? null : [text];
  }
  const texts = value.map(asText);
  return texts.every((text) => text !== null) ? texts : null;
};

const isMessage = (value: unknown): boolean => isObject(value) && "role" in value && "content" in value;

/** What is said in a conversation, without the system's part, which belongs to the prompt and not to the data. */
const messagesText = (messages: unknown[]): string | null => {
  const said = messages.filter((message) => isObject(message) && message.role !== "system") as Json[];
  if (!said.every((message) => typeof message.content === "string")) return null;
  return said.map((message) => message.content as string).join("\n");
};
