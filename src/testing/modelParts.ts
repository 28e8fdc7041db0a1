/** What the files of small models made for tests have in common. */
export const jsonFile = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value));

/** A token that the tokenizer never cuts, in the form of `tokenizer.json`. */
export const specialToken = (id: number, content: string | undefined) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
});
