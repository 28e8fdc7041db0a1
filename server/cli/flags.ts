import { parseArgs } from "node:util";
import { z } from "zod";
import { UsageError } from "./problems.ts";

/** A flag of a command: how it is read and what the help says. */
export interface Flag {
  schema: z.ZodType;
  /** Shown after the name, `FILE`; a flag without one is a switch. */
  value?: string;
  /** It may be given several times; the value is then a list. */
  many?: boolean;
  /** The help marks it; its schema refuses a command line without it. */
  required?: boolean;
  help: string;
}

/** What `--help` says around the flags. */
export interface Help {
  /** What the command does, in one sentence. */
  about: string;
  /** Whole command lines. */
  examples: readonly string[];
  /** What stands between the command and its flags. */
  operand?: string;
}

const usage = (command: string, flags: Record<string, Flag>, { about, examples, operand }: Help): string => {
  const needed = Object.entries(flags).filter(([, { required }]) => required);
  const line = ([name, { value, help, required }]: [string, Flag]): string =>
    `  --${`${name}${value ? ` ${value}` : ""}`.padEnd(22)} ${required ? "(required) " : ""}${help}`;
  return [
    about,
    "",
    `npm run ${command} -- ${[...(operand ? [operand] : []), ...needed.map(([name, { value = "" }]) => `--${name} ${value}`), "[flags]"].join(" ")}`,
    "",
    ...needed.map(line),
    ...Object.entries(flags)
      .filter(([, { required }]) => !required)
      .map(line),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
  ].join("\n");
};

/**
 * Reads a command line. `--help` prints the flags and gives null.
 *
 * @throws UsageError naming the flag and what it should be
 */
export const readFlags = <F extends Record<string, Flag>>(
  command: string,
  flags: F,
  args: string[],
  help: Help,
): { [K in keyof F]: z.infer<F[K]["schema"]> } | null => {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { value, many = false }]) => [
      name,
      { type: value ? ("string" as const) : ("boolean" as const), multiple: many },
    ]),
  );
  const hint = `See npm run ${command} -- --help.`;
  let values: Record<string, unknown>;
  try {
    values = parseArgs({
      args: withNegatives(args, options),
      options: { ...options, help: { type: "boolean" } },
      allowPositionals: false,
    }).values;
  } catch (error) {
    throw new UsageError("usage", (error as Error).message, hint);
  }
  if (values.help) {
    console.log(usage(command, flags, help));
    return null;
  }
  const parsed = z
    .object(Object.fromEntries(Object.entries(flags).map(([name, { schema }]) => [name, schema])))
    .safeParse(values);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const message = issue?.message ?? "";
    // Most say what the flag is or takes, and go on from its name as a sentence.
    throw new UsageError(
      "usage",
      `--${String(issue?.path[0])}${/^(is|takes) /.test(message) ? "" : ":"} ${message}.`,
      hint,
    );
  }
  return parsed.data as { [K in keyof F]: z.infer<F[K]["schema"]> };
};

/** A negative number belongs to the flag before it, so that the flag can say what it takes: by itself it would be read as a flag. */
const withNegatives = (args: string[], options: Record<string, { type: "string" | "boolean" }>): string[] => {
  const joined: string[] = [];
  for (const arg of args) {
    const flag = /^--([\w-]+)$/.exec(joined.at(-1) ?? "")?.[1];
    if (flag !== undefined && options[flag]?.type === "string" && /^-[\d.]/.test(arg))
      joined.push(`${joined.pop()}=${arg}`);
    else joined.push(arg);
  }
  return joined;
};

const required = (what: string) => z.string(`is missing; it takes ${what}`).min(1, `takes ${what}`);
const whole = (least: number, most: number) =>
  z.coerce
    .number("takes a number")
    .int("takes a whole number")
    .min(least, `takes ${least} or more`)
    .max(most, `takes at most ${most}`);
const number = (least: number, most: number) =>
  z.coerce.number("takes a number").min(least, `takes ${least} or more`).max(most, `takes at most ${most}`);

/** Kinds of flag values. */
export const kinds = {
  required,
  text: z.string().min(1, "takes a value").optional(),
  /** An id of the hub, or a plain name: never a path. */
  modelId: z
    .string()
    .max(200)
    .regex(/^\w[\w.-]*(\/\w[\w.-]*)?$/, "takes owner/name, as on the hub, or a plain name")
    .optional(),
  texts: z.array(z.string().min(1, "takes a value")).optional(),
  whole,
  number,
  switch: z.boolean().default(false),
  backend: z.enum(["auto", "webgpu", "wasm", "cpu"], "takes auto, webgpu, wasm or cpu").default("auto"),
};
