/** The prompts are shared with the server, so they live in the domain. */
export * from "../domain/text/prompts.ts";
