const HIDDEN = "[redacted]";

/** Names of headers and fields whose value lets its holder in, whoever logs them: own, proxies' and cloud providers'. */
const secretName =
  /^(?:.*[-_.])?(?:authorization|cookies?|(?:api|secret|private|access)[-_]?key|token|secret|password|passwd|credentials?|assertion|signature|session[-_]?id)$/i;
const camelSecretName =
  /(?:Authorization|Cookie|ApiKey|SecretKey|PrivateKey|AccessKey|Token|Secret|Password|Credentials?)$/;
const isSecret = (name: string): boolean => secretName.test(name) || camelSecretName.test(name);

/** Secrets within longer texts: schemes of `Authorization`, `name: value` lines, query parameters, passwords in addresses. */
const WITHIN: readonly [RegExp, string][] = [
  [/\b(Bearer|Basic|Digest|Negotiate)(\s+)[\w.~+/=:-]{4,}/gi, `$1$2${HIDDEN}`],
  [
    /((?:authorization|cookie|api[-_]?key)["']?\s*[:=]\s*)(?!["']?\s*(?:Bearer|Basic|Digest|Negotiate)\s)[^\r\n]+/gi,
    `$1${HIDDEN}`,
  ],
  [/([?&][^=&\s"]*(?:token|key|secret|password|signature)=)[^&\s"#]+/gi, `$1${HIDDEN}`],
  [/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"]*:)[^\s/@"]+@/gi, `$1${HIDDEN}@`],
];

/** Whether a line may hold any of this: most hold nothing, and are written as they are. */
const suspicious =
  /authorization|cookie|api[-_]?key|token|secret|private|access[-_]?key|passw|credential|assertion|signature|session|bearer|basic|digest|negotiate|"Buffer"|:\/\/[^\s/"]*@/i;

const redactText = (text: string): string =>
  WITHIN.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text);

const redactValue = (value: unknown): unknown => {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return redactList(value);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const { type, data, name, key } = value as Record<string, unknown>;
  // Bytes as JSON: a request as it came over the wire, for one.
  if (type === "Buffer" && Array.isArray(data)) return `[${data.length} bytes]`;
  const label = [name, key].find((one) => typeof one === "string");
  const labelled = label !== undefined && isSecret(String(label));
  return Object.fromEntries(
    entries.map(([field, content]) => [
      field,
      isSecret(field) || (labelled && field === "value") ? hide(content) : redactValue(content),
    ]),
  );
};

/** Headers also come as lists, `[name, value, name, value]`. */
const redactList = (list: unknown[]): unknown[] =>
  list.map((item, at) => {
    const before: unknown = list[at - 1];
    return typeof before === "string" && isSecret(before) ? hide(item) : redactValue(item);
  });

/** Counts and flags keep what they say: `promptToken: 12` is no secret. */
const hide = (value: unknown): unknown =>
  typeof value === "string" || (typeof value === "object" && value !== null) ? HIDDEN : value;

/**
 * A log line without the secrets that any library put into it: values of `authorization`, `cookie`, `x-api-key` and their
 * kind, at any depth, in lists of raw headers and within texts. Works on the finished line, since no list of paths knows
 * where a library nests a request.
 *
 * @param line  one line as pino writes it, JSON
 */
export const redactLine = (line: string): string => {
  if (!suspicious.test(line)) return line;
  return `${JSON.stringify(redactValue(JSON.parse(line)))}\n`;
};
