import { z } from "zod";
import { optional, optionalOr } from "../../src/domain/api/primitives.ts";
import { StudioError } from "../../src/domain/errors.ts";
import type { TextTokenizer } from "../../src/domain/text/tokenizer.ts";
import type { TextKind } from "./modelSource.ts";

const MAX_TEXTS = 2048;

/** What other providers call the two kinds of text. */
const KINDS = {
  query: "query",
  search_query: "query",
  document: "document",
  passage: "document",
  search_document: "document",
} as const satisfies Record<string, TextKind>;
type KindName = keyof typeof KINDS;

const TAKEN = `Send one text, or a list of 1 to ${MAX_TEXTS.toLocaleString("en")} texts, none of them empty.`;
const nameOf = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
      ? "a list"
      : typeof value === "object"
        ? "an object"
        : `a ${typeof value}`;

/** What is wrong with an input, where, and what is taken. */
const inputFault = (input: unknown): string => {
  if (input === undefined) return `is missing. ${TAKEN}`;
  if (input === "") return `is an empty text. ${TAKEN}`;
  if (!Array.isArray(input)) return `is ${nameOf(input)}. ${TAKEN}`;
  if (input.length === 0) return `is an empty list. ${TAKEN}`;
  if (input.length > MAX_TEXTS)
    return `holds ${input.length.toLocaleString("en")} texts, and a request may hold ${MAX_TEXTS.toLocaleString("en")}. Send the rest in further requests.`;
  // One kind for the whole list: what its first item is decides what the others should have been.
  const tokens = isTokens(input[0]) || typeof input[0] === "number";
  const at = input.findIndex((item) =>
    tokens ? typeof item !== typeof input[0] : typeof item !== "string" || item === "",
  );
  const item: unknown = input[Math.max(0, at)];
  return `has ${item === "" ? "an empty text" : nameOf(item)} at place ${Math.max(0, at) + 1} (input[${Math.max(0, at)}]). ${TAKEN}`;
};
const isTokens = (item: unknown): boolean => Array.isArray(item) && item.length > 0 && item.every(Number.isInteger);

const textSchema = z.string().min(1, `is an empty text. ${TAKEN}`);
const tokensSchema = z.array(z.int().min(0)).min(1).max(32_768);

/** OpenAI's form, with `input_type` (as other providers have it) for the prompt. */
export const embeddingRequestSchema = z.object({
  input: z.union(
    [textSchema, z.array(textSchema).min(1).max(MAX_TEXTS), tokensSchema, z.array(tokensSchema).min(1).max(MAX_TEXTS)],
    { error: ({ input }) => inputFault(input) },
  ),
  model: optionalOr(z.string().min(1).max(200), "production"),
  dimensions: optional(z.int().min(1).max(16_384)),
  encoding_format: optionalOr(z.enum(["float", "base64"]), "float"),
  /** `query` puts the model's query prompt in front; documents are embedded as they are. */
  input_type: z
    .enum(Object.keys(KINDS) as [KindName, ...KindName[]])
    .nullish()
    .transform((name): TextKind => KINDS[name ?? "document"]),
  /** Known to traces by its hash alone. */
  user: optional(z.string().max(1000)),
});

/**
 * The texts of an input. Token ids are read where they are the model's own, which ids that end with its end token and that
 * its tokenizer would write again are: those of another vocabulary name other words (`sort an array` in OpenAI's ids is
 * ` observedage Er` in the bundled base's), and no error would tell.
 * @throws StudioError `token-ids-foreign`
 */
export const textsOf = (
  input: z.output<typeof embeddingRequestSchema>["input"],
  tokenizer: Pick<TextTokenizer, "decode">,
): string[] => {
  if (typeof input === "string") return [input];
  const [first] = input;
  const lists = typeof first === "number" ? [input as number[]] : (input as string[] | number[][]);
  return lists.map((item, i) => {
    if (typeof item === "string") return item;
    const text = tokenizer.decode(item);
    if (text) return text;
    throw new StudioError(
      "token-ids-foreign",
      `The input holds token ids (place ${i + 1}) that are not this model's own, so the text cannot be told from them.`,
      "Send texts. In LangChain, set check_embedding_ctx_length=False; token ids must come from this model's tokenizer, end token included.",
    );
  });
};
