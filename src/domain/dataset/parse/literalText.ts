import { LiteralFault, type LiteralScanner } from "./literalScanner.ts";

const ESCAPES: Record<string, string> = {
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  a: "\x07",
  "0": "\0",
  "\n": "",
};
/** Hexadecimal digits behind `\x`, `\u` and Python's `\U`. */
const CODES: Record<string, number> = { x: 2, u: 4, U: 8 };
const PLAIN = { '"': /[^"\\]*/y, "'": /[^'\\]*/y };

/** The text in quotation marks that begins here; a raw line break in it is taken. @throws LiteralFault */
export const readText = (scanner: LiteralScanner, quote: '"' | "'"): string => {
  if (quote === "'") scanner.habits.add("python");
  scanner.at++;
  let read = "";
  for (;;) {
    const plain = scanner.match(PLAIN[quote]) ?? "";
    if (plain.includes("\n")) scanner.habits.add("raw-line-break");
    read += plain;
    const mark = scanner.text[scanner.at++];
    if (mark === quote) return read;
    if (mark === undefined)
      throw new LiteralFault(
        scanner.text.length,
        true,
        "A text is not closed: the quotation mark at its end is missing.",
      );
    read += readEscape(scanner);
  }
};

const readEscape = (scanner: LiteralScanner): string => {
  const mark = scanner.text[scanner.at++] ?? "";
  const plain = ESCAPES[mark];
  if (plain !== undefined) return plain;
  if (mark === "") throw new LiteralFault(scanner.at, true, "A text breaks off behind a backslash.");
  const digits = CODES[mark] ?? 0;
  const code = scanner.text.slice(scanner.at, scanner.at + digits);
  const point = Number.parseInt(code, 16);
  if (digits === 0 || !/^[0-9a-f]+$/i.test(code) || code.length < digits || point > 0x10ffff)
    throw new LiteralFault(
      scanner.at - 2,
      false,
      `The backslash at character ${scanner.at - 1} does not go with the letter behind it; a backslash itself is written \\\\.`,
    );
  scanner.at += digits;
  return digits === 8 ? String.fromCodePoint(point) : String.fromCharCode(point);
};
