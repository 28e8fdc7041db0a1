import { hasText } from "../text/index.ts";

/**
 * Finds questions and documents in what tracing libraries write: plain strings, LangChain's `page_content` (also serialized, with
 * `kwargs`), LlamaIndex's nodes, Haystack's and our own server's lists, payloads of vector stores, and any of these as JSON in a string.
 */

type Fields = Record<string, unknown>;

/** Deeper nesting than any of these libraries writes. */
const DEPTH = 8;

/** Keys under which a document keeps its text; then the objects in which such keys stand. Earlier ones win. */
const TEXT_KEYS = [
  "page_content",
  "pageContent",
  "content",
  "text",
  "document.content",
  "chunk",
  "passage",
  "chunk_text",
  "body",
];
const WRAPPER_KEYS = ["document", "node", "kwargs", "payload", "_source", "text_resource", "metadata"];
/** Keys of lists of documents. */
const LIST_KEYS = [
  "documents",
  "docs",
  "nodes",
  "source_nodes",
  "source_documents",
  "retrieved_documents",
  "retrieved_contexts",
  "reference_contexts",
  "contexts",
  "context",
  "results",
  "hits",
  "matches",
  "chunks",
  "passages",
  "points",
  "items",
  "data",
];
/** Where nothing else is there: the answer itself. */
const ANSWER_KEYS = ["answer", "output", "expected_output", "expectedOutput", "reference", "ground_truth"];

const QUESTION_KEYS = [
  "query",
  "question",
  "user_input",
  "user_query",
  "search_query",
  "query_str",
  "queryStr",
  "q",
  "input",
  "prompt",
  "text",
  "message",
  "content",
  "messages",
  "kwargs",
];

/** Writers that pack twice are seen; nobody packs more often. */
const PACKED = 3;

/** A string that holds a JSON object, list or string, as what it holds; anything else as it is. */
export const unpacked = (value: unknown, times = PACKED): unknown => {
  if (typeof value !== "string" || times === 0 || !/^\s*[[{"]/.test(value)) return value;
  try {
    return unpacked(JSON.parse(value), times - 1);
  } catch {
    return value;
  }
};

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The texts of the documents in a value, in their order; empty when there are none. */
export const documentsIn = (given: unknown, depth = 0): string[] => {
  if (depth > DEPTH) return [];
  const value = unpacked(given);
  if (typeof value === "string") return hasText(value) ? [value.trim()] : [];
  if (Array.isArray(value)) return value.flatMap((one: unknown) => documentsIn(one, depth + 1));
  if (!isFields(value)) return [];
  const first = (keys: readonly string[], wanted: (inner: unknown) => boolean): string[] => {
    for (const key of keys) {
      if (!Object.hasOwn(value, key) || !wanted(value[key])) continue;
      const texts = documentsIn(value[key], depth + 1);
      if (texts.length > 0) return texts;
    }
    return [];
  };
  const any = () => true;
  const ways = [
    () => first(TEXT_KEYS, (inner) => typeof inner === "string"),
    () => first(LIST_KEYS, any),
    () => first(WRAPPER_KEYS, isFields),
    () => first(TEXT_KEYS, any),
    () => first(ANSWER_KEYS, any),
  ];
  for (const way of ways) {
    const texts = way();
    if (texts.length > 0) return texts;
  }
  return [];
};

/** Chat messages: the last one of the user is the question. */
const lastOfUser = (messages: readonly unknown[], depth: number): string | null => {
  const ofUser = messages.filter((one) => {
    const message = unpacked(one);
    return isFields(message) && ["user", "human"].includes(String(message.role ?? message.type));
  });
  return questionIn(ofUser.at(-1) ?? messages.at(-1), depth);
};

/** The question in a value; null when there is none. */
export const questionIn = (given: unknown, depth = 0): string | null => {
  if (depth > DEPTH) return null;
  const value = unpacked(given);
  if (typeof value === "string") return hasText(value) ? value.trim() : null;
  if (Array.isArray(value)) return value.length === 0 ? null : lastOfUser(value, depth + 1);
  if (!isFields(value)) return null;
  for (const key of QUESTION_KEYS) {
    const found = Object.hasOwn(value, key) ? questionIn(value[key], depth + 1) : null;
    if (found !== null) return found;
  }
  return null;
};
