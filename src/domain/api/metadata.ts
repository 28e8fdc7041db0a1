import { z } from "zod";

const LONGEST = 1000;
const MOST = 100;

const nameSchema = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/,
    "is not a name that a filter can ask for: letters, digits, dot, dash and underscore, at most 64, beginning with a letter or underscore",
  );

/** A fact about a document: text, number, true or false. */
const factSchema = z.union([z.string(), z.number(), z.boolean()]);

/** Flat facts about a document that a search may filter by; a list holds several under one name. */
export const metadataSchema = z.record(nameSchema, z.union([factSchema, z.array(factSchema)]));
export type Metadata = z.output<typeof metadataSchema>;

const ALLOWED = `Allowed is a text of at most ${LONGEST.toLocaleString("en")} characters, a number, true, false, or a list of at most ${MOST} of these.`;

/** Why a value cannot be kept; null for one that can. */
const faultOf = (value: unknown): string | null => {
  if (Array.isArray(value)) {
    if (value.length > MOST) return `is a list of ${value.length} items. ${ALLOWED}`;
    if (value.some(Array.isArray)) return `is a list that holds a list. ${ALLOWED}`;
    const fault = value.map(faultOf).find((one) => one !== null);
    return fault ? `is a list of which an item ${fault}` : null;
  }
  if (value !== null && typeof value === "object") return `is an object. ${ALLOWED}`;
  if (typeof value === "string" && value.length > LONGEST)
    return `is a text of ${value.length.toLocaleString("en")} characters. ${ALLOWED}`;
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    return "is a whole number beyond ±9,007,199,254,740,991, whose last digits JSON readers lose. Send it as text.";
  return null;
};

const valueSchema = z.union([factSchema, z.null(), z.array(z.union([factSchema, z.null()]))], {
  error: ({ input }) => faultOf(input) ?? ALLOWED,
});

/** As a request brings it. Null, also in a list, says that there is no such fact, and is dropped; what cannot be kept is named. */
export const metadataInputSchema = z
  .record(
    nameSchema,
    valueSchema.superRefine((value, context) => {
      const message = faultOf(value);
      if (message) context.addIssue({ code: "custom", message });
    }),
    {
      error: (issue) =>
        issue.code === "invalid_key" ? issue.issues[0]?.message : `must be an object of names with values. ${ALLOWED}`,
    },
  )
  .nullish()
  .transform((given): Metadata => {
    const kept: Metadata = {};
    for (const [name, value] of Object.entries(given ?? {})) {
      if (Array.isArray(value)) kept[name] = value.filter((item) => item !== null);
      else if (value !== null) kept[name] = value;
    }
    return kept;
  });
