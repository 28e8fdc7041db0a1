/** How runtimes and browsers say that there is no more memory. */
const WORDS = /out of memory|bad_alloc|alloc.*fail|fail.*alloc|memory access out of bounds|\bOOM\b/i;

/** Whether a failure is one of memory, as far as its words tell. */
export const isOutOfMemory = (cause: unknown): boolean => cause instanceof RangeError || WORDS.test(String(cause));
