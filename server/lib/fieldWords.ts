/** The parts of a zod issue that say what a value should have been. */
export interface FieldIssue {
  code: string;
  message: string;
  origin?: unknown;
  minimum?: unknown;
  maximum?: unknown;
  expected?: unknown;
  values?: unknown;
}

const UNITS: Record<string, readonly [one: string, many: string]> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
  set: ["entry", "entries"],
};

const bound = (word: "least" | "most", limit: unknown, origin: unknown): string => {
  const unit = UNITS[String(origin)];
  if (unit && word === "least" && limit === 1) return "must not be empty";
  const number = Number(limit).toLocaleString("en");
  return unit ? `must have at ${word} ${number} ${unit[limit === 1 ? 0 : 1]}` : `must be at ${word} ${number}`;
};

/** What a field of a request must be, in a person's words; what a schema says in words of its own stays. */
export const fieldWords = ({ code, message, origin, minimum, maximum, expected, values }: FieldIssue): string => {
  if (code === "too_small" && message.startsWith("Too small")) return bound("least", minimum, origin);
  if (code === "too_big" && message.startsWith("Too big")) return bound("most", maximum, origin);
  if (code === "invalid_value" && Array.isArray(values))
    return `must be ${values.length > 1 ? "one of " : ""}${values.join(", ")}`;
  if (code === "invalid_type" && message.startsWith("Invalid input"))
    return message.endsWith("received undefined") ? "is missing" : `must be ${named(String(expected))}`;
  return message;
};

const named = (type: string): string =>
  type === "int" ? "a whole number" : `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
