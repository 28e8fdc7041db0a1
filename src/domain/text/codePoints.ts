/**
 * Orders strings by Unicode code point, as Python and most databases do. JavaScript's `<` compares UTF-16 units, which
 * puts U+1D4B3 (a surrogate pair) before U+FB01.
 */
export const compareCodePoints = (a: string, b: string): number => {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return surrogatesLast(x) - surrogatesLast(y);
  }
  return a.length - b.length;
};

/** Moves the surrogates above the rest of the basic plane; inside equal prefixes that is code point order. */
const surrogatesLast = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);

/** Whether half of a surrogate pair stands alone: such a text cannot be written as UTF-8. */
export const hasLoneSurrogate = (text: string): boolean => /\p{Surrogate}/u.test(text);
