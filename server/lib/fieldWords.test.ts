import { expect, test } from "vitest";
import { z } from "zod";
import { invalidFields } from "./invalidFields.ts";

test("fields are told in a person's words", () => {
  const schema = z.object({
    q: z.string().min(1),
    documents: z.array(z.string()).min(1),
    input_type: z.enum(["query", "document"]),
    k: z.int().max(100),
    name: z.string().max(3),
  });
  const wrong = { q: "", documents: [], input_type: "x", k: 9_999, name: "long" };
  expect(invalidFields(schema.safeParse(wrong).error!, "the body")).toBe(
    "q: must not be empty; documents: must not be empty; input_type: must be one of query, document; k: must be at most 100; name: must have at most 3 characters",
  );
  expect(invalidFields(schema.safeParse({ q: 1, documents: "a", input_type: "query", k: 1 }).error!, "the body")).toBe(
    "q: must be a string; documents: must be an array; name: is missing",
  );
  const own = z.object({ path: z.string().refine(() => false, "must be a plain path") });
  expect(invalidFields(own.safeParse({ path: "/" }).error!, "the body")).toBe("path: must be a plain path");
});
