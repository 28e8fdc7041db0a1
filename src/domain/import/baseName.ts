/** The last part of a base's name as people and their caches spell it, without what only tells how its weights are packed. */
const plainName = (name: string): string => {
  const cached = /models--[^\\/]+--([^\\/]+)[\\/]snapshots/.exec(name)?.[1];
  const last = cached ?? name.split(/[\\/]/).findLast((part) => part !== "") ?? "";
  return last
    .replaceAll("___", ".") // ModelScope's cache has no dots in its folders
    .toLowerCase()
    .replace(/-(unsloth-)?(bnb-4bit|bnb-8bit|4bit|8bit|gptq|awq|int4|int8|fp8|bf16|fp16)(-.*)?$/, "");
};

/** `owner/name` or a plain name: more than a folder on somebody's disk. */
const isModelId = (name: string): boolean => /^[\w][\w.-]*(\/[\w][\w.-]*)?$/.test(name);

/**
 * Whether the base that an adapter names is this one. Models of one shape exist that are not one model (Qwen3-0.6B and
 * Qwen3-Embedding-0.6B): an adapter fits both, and gives nonsense on the wrong one.
 * @returns null where the name is a path that says nothing
 */
export const namesBase = (named: string, id: string): boolean | null => {
  if (plainName(named) === plainName(id)) return true;
  return isModelId(named) ? false : null;
};

/** Whether the name is that of a quantized form, on which the adapter was trained then. */
export const isQuantized = (named: string): boolean => /(bnb-|-)(4bit|8bit)|gptq|awq|int4|int8|fp8/i.test(named);
