import { LiteralFault, LiteralScanner, type Habit } from "./literalScanner.ts";
import { readText } from "./literalText.ts";

export { LiteralFault, type Habit } from "./literalScanner.ts";

const DEPTH = 200;
const NUMBER = /[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/y;
const WORD = /[-+]?[A-Za-z_$][\w$]*/y;
const WORDS: Record<string, unknown> = { true: true, false: false, null: null, True: true, False: false, None: null };
const NOT_A_NUMBER = /^[-+]?(NaN|nan|Infinity|inf|undefined)$/;

/**
 * The value that begins at `at`, as people and Python write JSON: with NaN and Infinity (read as null), trailing commas,
 * single quotes, None, tuples, comments, names without quotation marks, and numpy's lists without commas. What has only
 * one meaning is read, the rest is refused with place and reason. For what JSON.parse has refused.
 *
 * @throws LiteralFault
 */
export const readLiteral = (text: string, at = 0): { value: unknown; end: number; habits: Set<Habit> } => {
  const scanner = new LiteralScanner(text, at);
  const value = readValue(scanner, 0);
  return { value, end: scanner.at, habits: scanner.habits };
};

/** All values that stand behind one another in a text; commas between and behind them do not matter. @throws LiteralFault */
export const readLiterals = (text: string): { values: unknown[]; habits: Set<Habit> } => {
  const scanner = new LiteralScanner(text, 0);
  const values = [readValue(scanner, 0)];
  if (scanner.comma()) scanner.habits.add("trailing-comma");
  for (let next = scanner.peek(); next !== undefined; next = scanner.peek()) {
    if (typeof values[0] !== "object" || (next !== "{" && next !== "["))
      throw new LiteralFault(
        scanner.at,
        false,
        `More text follows behind the record, from character ${scanner.at + 1}.`,
      );
    values.push(readValue(scanner, 0));
    scanner.comma();
  }
  return { values, habits: scanner.habits };
};

const readValue = (scanner: LiteralScanner, depth: number): unknown => {
  const first = scanner.peek();
  if (depth > DEPTH) throw new LiteralFault(scanner.at, false, `Lists are nested more than ${DEPTH} deep.`);
  if (first === undefined) throw scanner.missing("value");
  if (first === '"' || first === "'") return readText(scanner, first);
  if (first === "{") return readObject(scanner, depth);
  if (first === "[") return readList(scanner, "]", depth);
  if (first === "(") {
    scanner.habits.add("python");
    return readList(scanner, ")", depth);
  }
  const number = scanner.match(NUMBER);
  return number === null ? readWord(scanner, depth) : Number(number.replaceAll("_", ""));
};

const readObject = (scanner: LiteralScanner, depth: number): unknown => {
  const entries: [string, unknown][] = [];
  scanner.at++;
  for (let comma = false; !closes(scanner, "}", comma);) {
    if (entries.length > 0 && !comma) throw scanner.missing("comma");
    const key = readKey(scanner);
    if (scanner.peek() !== ":") throw scanner.missing("colon");
    scanner.at++;
    entries.push([key, readValue(scanner, depth + 1)]);
    comma = scanner.comma();
  }
  return Object.fromEntries(entries);
};

const readKey = (scanner: LiteralScanner): string => {
  const first = scanner.peek();
  if (first === '"' || first === "'") return readText(scanner, first);
  const bare = scanner.match(WORD);
  if (bare === null) throw scanner.stray();
  scanner.habits.add("bare-key");
  return bare;
};

const readList = (scanner: LiteralScanner, close: string, depth: number): unknown[] => {
  const values: unknown[] = [];
  scanner.at++;
  for (let comma = false; !closes(scanner, close, comma);) {
    if (values.length > 0 && !comma) {
      // numpy prints lists of texts without commas.
      if (typeof values.at(-1) !== "string" || !/["']/.test(scanner.peek() ?? "")) throw scanner.missing("comma");
      scanner.habits.add("numpy");
    }
    values.push(readValue(scanner, depth + 1));
    comma = scanner.comma();
  }
  return values;
};

const closes = (scanner: LiteralScanner, mark: string, comma: boolean): boolean => {
  const next = scanner.peek();
  if (next === undefined) throw scanner.missing(`closing ${mark}`);
  if (next !== mark) return false;
  if (comma && mark !== ")") scanner.habits.add("trailing-comma");
  scanner.at++;
  return true;
};

const readWord = (scanner: LiteralScanner, depth: number): unknown => {
  const start = scanner.at;
  const word = scanner.match(WORD) ?? "";
  const next = scanner.text[scanner.at];
  if (/^[ub]$/i.test(word) && (next === '"' || next === "'")) {
    scanner.habits.add("python");
    return readText(scanner, next);
  }
  if (word === "array" && next === "(") return readArray(scanner, depth);
  if (NOT_A_NUMBER.test(word)) {
    scanner.habits.add("nan");
    return null;
  }
  if (Object.hasOwn(WORDS, word)) {
    if (/^[TFN]/.test(word)) scanner.habits.add("python");
    return WORDS[word];
  }
  scanner.at = start;
  throw scanner.stray();
};

/** numpy's `array(['a', 'b'], dtype=object)` */
const readArray = (scanner: LiteralScanner, depth: number): unknown => {
  scanner.habits.add("numpy");
  scanner.at++;
  const value = readValue(scanner, depth + 1);
  if (scanner.match(/\s*(,\s*dtype=[^)]*)?\)/y) === null) throw scanner.missing("closing )");
  return value;
};
