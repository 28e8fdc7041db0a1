/**
 * Reads that must find something, by the program's own reasoning. A miss is a defect and says here what was missing, where
 * an assertion to the type checker would let `undefined` travel on. Not for inner loops over numbers: each read is a call.
 */

/** Item `index` of a list, from its end if negative. @throws RangeError beyond the list */
export const at = <T>(items: ArrayLike<T>, index: number): T => {
  const item = items[index < 0 ? items.length + index : index];
  if (item === undefined) throw new RangeError(`There is no item ${index} in a list of ${items.length}.`);
  return item;
};

/** What a map holds under a key. @throws RangeError without such a key */
export const entry = <K, V>(map: ReadonlyMap<K, V>, key: K): V => {
  const value = map.get(key);
  if (value === undefined) throw new RangeError(`There is no entry ${String(key)}.`);
  return value;
};

/** A value that is there. @throws RangeError naming what is missing */
export const present = <T>(value: T, what: string): NonNullable<T> => {
  if (value === undefined || value === null) throw new RangeError(`There is no ${what}.`);
  return value;
};
