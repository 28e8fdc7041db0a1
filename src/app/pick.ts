/**
 * Selects fields of a store's state: `useDatasets(pick("list", "open"))`. Whoever takes the whole state is rendered at every
 * change of it, progress reports included.
 */
export const pick =
  <K extends string>(...fields: K[]) =>
  <S extends Record<K, unknown>>(state: S): Pick<S, K> =>
    Object.fromEntries(fields.map((field) => [field, state[field]])) as Pick<S, K>;
