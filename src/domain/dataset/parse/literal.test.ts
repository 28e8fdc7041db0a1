import fc from "fast-check";
import { expect, test } from "vitest";
import { LiteralFault, readLiteral, readLiterals } from "./literal.ts";

const read = (text: string): unknown => readLiteral(text).value;
const faultOf = (text: string): LiteralFault => {
  try {
    readLiterals(text);
  } catch (thrown) {
    if (thrown instanceof LiteralFault) return thrown;
    throw thrown;
  }
  throw new Error(`read: ${text}`);
};

test.each<[string, unknown, string[]]>([
  ['{"a": NaN, "b": -Infinity, "c": 1}', { a: null, b: null, c: 1 }, ["nan"]],
  ['{"a": [1, 2,], }', { a: [1, 2] }, ["trailing-comma"]],
  [
    `{'query': "it's", 'ok': True, 'no': None, 'pair': (1, 'x')}`,
    { query: "it's", ok: true, no: null, pair: [1, "x"] },
    ["python"],
  ],
  ["['a' 'b'\n 'c']", ["a", "b", "c"], ["python", "numpy"]],
  ["array(['a', 'b'], dtype=object)", ["a", "b"], ["numpy", "python"]],
  ['{query: "a", /* why */ n: .5} ', { query: "a", n: 0.5 }, ["bare-key", "comment"]],
  ['["two\nlines"]', ["two\nlines"], ["raw-line-break"]],
  [String.raw`{'a': 'x\x41\u00fc\U0001F600\'\\'}`, { a: "xAü😀'\\" }, ["python"]],
  ["[u'a', b'b', 1_000, -2.5e3]", ["a", "b", 1000, -2500], ["python"]],
])("%s", (text, value, habits) => {
  const found = readLiteral(text);
  expect(found.value).toEqual(value);
  expect([...found.habits]).toEqual(habits);
});

test("all JSON is read as JSON.parse reads it, without a remark", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const found = readLiteral(JSON.stringify(value, null, indent));
      expect(JSON.stringify(found.value)).toBe(JSON.stringify(value));
      expect(found.habits.size).toBe(0);
    }),
  );
});

test("names of prototypes are names like others", () => {
  expect(Object.keys(read('{"__proto__": 1, "constructor": NaN}') as object)).toEqual(["__proto__", "constructor"]);
});

test.each([
  ['{"a": "b', true, "A text is not closed: the quotation mark at its end is missing."],
  ['{"a": "b"', true, "The record breaks off: a closing } is missing at its end."],
  ['{"a": ["b"', true, "The record breaks off: a closing ] is missing at its end."],
  ['{"a": "b" "c": 1}', false, "A comma is missing before character 11."],
  ['{"a" "b"}', false, "A colon is missing before character 6."],
  ['{"a": word}', false, "At character 7 stands something that is no JSON (a text without quotation marks?)."],
  [
    String.raw`{"a": "C:\data"}`,
    false,
    String.raw`The backslash at character 10 does not go with the letter behind it; a backslash itself is written \\.`,
  ],
  ['{"a": 1} and more', false, "More text follows behind the record, from character 10."],
  ["plain words", false, "At character 1 stands something that is no JSON (a text without quotation marks?)."],
  ["[".repeat(500), false, "Lists are nested more than 200 deep."],
])("%s is refused with the place and the reason", (text, cut, reason) => {
  expect(faultOf(text)).toMatchObject({ cut, message: reason });
});

test("several records on one line are several records", () => {
  expect(readLiterals('{"a":1} {"a":2},{"a":3},').values).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
});
