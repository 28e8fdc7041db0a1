/** The tokenizer is shared with the server, so it lives in the domain. */
export * from "../domain/text/tokenizer.ts";
