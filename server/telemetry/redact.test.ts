import fc from "fast-check";
import { expect, it } from "vitest";
import { memoryLog } from "../testing/log.ts";

const SECRET = "kumquat-7f3a";

it.each([
  { headers: { authorization: `Bearer ${SECRET}` } },
  { req: { raw: { headers: { Cookie: `session=${SECRET}`, "x-api-key": SECRET } } } },
  { options: { headers: { "proxy-authorization": SECRET, "set-cookie": [`a=${SECRET}; HttpOnly`, "b=1"] } } },
  {
    headers: { "cf-access-jwt-assertion": SECRET, "x-amz-security-token": SECRET, "x-forwarded-access-token": SECRET },
  },
  { rawHeaders: ["Host", "localhost", "Authorization", `Token ${SECRET}`, "X-Api-Key", SECRET] },
  { pairs: [["cookie", SECRET]], list: [{ name: "Authorization", value: SECRET }] },
  { note: `sent Authorization: Bearer ${SECRET} and more` },
  { text: `GET / HTTP/1.1\r\nCookie: a=1; b=${SECRET}\r\nX-Api-Key: ${SECRET}\r\n\r\n` },
  { json: JSON.stringify({ headers: { authorization: SECRET } }) },
  { url: `/a?access_token=${SECRET}&x=1`, database: `postgres://studio:${SECRET}@db:5432/x` },
  { rawPacket: Buffer.from(`authorization: ${SECRET}`) },
  { secretKey: SECRET, accessToken: SECRET, password: SECRET },
])("takes secrets out of a line, wherever they stand: %j", (fields) => {
  const { log, lines } = memoryLog();
  log.child(fields).info({ again: fields, wire: [...Buffer.from("x")] }, `and in the message: Basic ${SECRET}`);
  const [line] = lines;
  const bytes = JSON.stringify([...Buffer.from(SECRET)]).slice(1, -1);
  expect(JSON.stringify(line)).not.toContain(SECRET);
  expect(JSON.stringify(line)).not.toContain(bytes);
  expect(JSON.stringify(line)).toMatch(/\[redacted\]|bytes\]/);
  expect(line).toMatchObject({ service: "recall-studio", level: "info" });
});

it("leaves what is no secret as it is", () => {
  const { log, lines } = memoryLog();
  const fields = {
    tokens: 12,
    tokenRequired: true,
    promptToken: 3,
    model_fingerprint: "ab",
    route: "/api/x",
    list: ["a", 1, null],
    note: "rules of tokens",
    url: "http://localhost:4680/a?q=1",
    token: null,
  };
  log.info(fields, "a session of tokens");
  expect(lines[0]).toMatchObject({ ...fields, msg: "a session of tokens" });
});

it("finds a secret at any depth, under any writing of the name", () => {
  const name = fc
    .constantFrom("authorization", "cookie", "set-cookie", "x-api-key", "proxy-authorization", "x-auth-token")
    .chain((text) => fc.constantFrom(text, text.toUpperCase(), text.replaceAll("-", "_")));
  fc.assert(
    fc.property(name, fc.array(fc.constantFrom("a", "headers", "0"), { maxLength: 12 }), (header, path) => {
      const nested = path.reduce<unknown>((inner, key) => (key === "0" ? [inner] : { [key]: inner }), {
        [header]: SECRET,
      });
      const { log, lines } = memoryLog("trace");
      log.trace({ nested });
      expect(lines).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain(SECRET);
    }),
  );
});
