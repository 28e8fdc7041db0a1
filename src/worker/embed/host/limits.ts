/** A runtime of WebAssembly addresses 4 GiB; activations, tables and the runtime itself need some of it. */
export const MOST_WEIGHTS = 3.5 * 2 ** 30;
