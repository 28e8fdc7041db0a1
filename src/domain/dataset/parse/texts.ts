/** Reading texts out of the shapes that data sets use for them. */
type Json = Record<string, unknown>;
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const TEXT_KEYS = ["text", "content", "contents", "document", "passage", "passage_text", "body"];

/**
 * A text: a string, a document object (`text`, `content`, …, with an optional `title` put in front, as BEIR does), a
 * chat message or a list of chat messages. Null when it is none of them.
 */
export const asText = (value: unknown): string | null => {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return isMessage(value[0]) ? messagesText(value) : null;
  if (!isObject(value)) return null;
  const key = TEXT_KEYS.find((name) => typeof value[name] === "string");
  return key === undefined ? null : withTitle(value.title, value[key] as string);
};

/**
 * A text or a list of texts; also a struct of lists, `{text: [], title: []}`, as data set libraries store lists of
 * documents. Null when any entry is something else.
 */
export const asTexts = (value: unknown): string[] | null => {
  const text = asText(value);
  if (text !== null) return [text];
  if (Array.isArray(value)) {
    const texts = value.map(asText);
    return texts.every((entry) => entry !== null) ? texts : null;
  }
  if (!isObject(value)) return null;
  const key = TEXT_KEYS.find((name) => isTextList(value[name]));
  if (key === undefined) return null;
  const titles = Array.isArray(value.title) ? (value.title as unknown[]) : [];
  return (value[key] as string[]).map((entry, i) => withTitle(titles[i], entry));
};

const withTitle = (title: unknown, text: string): string =>
  typeof title === "string" && title.trim() !== "" ? `${title}\n${text}` : text;

const isTextList = (value: unknown): boolean =>
  Array.isArray(value) && value.every((entry) => typeof entry === "string");

const isMessage = (value: unknown): boolean => isObject(value) && "role" in value && "content" in value;

/** What is said in a conversation, without the system's part, which belongs to the prompt and not to the data. */
const messagesText = (messages: unknown[]): string | null => {
  const said = messages.filter((message) => isObject(message) && message.role !== "system") as Json[];
  if (!said.every((message) => typeof message.content === "string")) return null;
  return said.map((message) => message.content as string).join("\n");
};
