import { generationPaths } from "../../../domain/api/index.ts";
import { StudioError } from "../../../domain/errors.ts";
import { endpointWriter } from "../../../domain/questions/endpoint/endpointWriter.ts";
import { BehindStudioError } from "../../../domain/questions/endpoint/failures.ts";
import { FatalWriterError } from "../../../domain/questions/fatal.ts";
import type { Writer } from "../../../domain/questions/writer.ts";
import type { WriterChoice } from "../protocol.ts";

/** The writer behind an endpoint. @throws StudioError `endpoint-address`, `endpoint-model` */
export const writerOf = (
  choice: Exclude<WriterChoice, { kind: "weak" | "page" }>,
  { token, key }: { token: string | null; key: string | null },
  onWaiting: (milliseconds: number, reason: string) => void,
): Writer => {
  if (choice.kind === "server")
    return withRefusal(
      endpointWriter({ url: `${location.origin}${generationPaths.api}`, model: choice.model, key: token, onWaiting }),
      TOKEN_NEEDED,
    );
  if (choice.model.trim() === "")
    throw new StudioError("endpoint-model", "No model is named.", "Give the model's name as the endpoint knows it.");
  const { url } = choice;
  return refused(
    withRefusal(endpointWriter({ url, model: choice.model.trim(), key, onWaiting }), key ? KEY_REFUSED : KEY_NEEDED),
    "endpoint-unreachable",
    ({ message }) => ["endpoint-unreachable", message, hintFor(url)],
  );
};

const PAGE_MAY_USE =
  "that it may be used from this page: Ollama takes OLLAMA_ORIGINS, LM Studio has a switch “Enable CORS”, llama-server allows it.";

/** A browser tells a page neither that nobody listens, nor that a certificate is not trusted, nor that the page is not allowed. */
const hintFor = (url: string): string =>
  url.startsWith("https:")
    ? `Check that it runs, that this browser trusts its certificate (open ${new URL(url).origin} in a tab; one that signed itself is not trusted), and ${PAGE_MAY_USE}`
    : `Check that it runs, and ${PAGE_MAY_USE}`;

type Refusal = readonly [code: string, message: string, hint: string];

/** A refused key is the studio's own token here: the model's key is the server's. */
const TOKEN_NEEDED = [
  "token-needed",
  "The studio's server wants its token before it writes.",
  "Give the token on the Models screen, then write the rest.",
] as const;
const KEY_NEEDED = [
  "endpoint-key-refused",
  "The model's server wants a key, or refuses this page.",
  "Give the key under Key, beside the model's name, and begin again; or look in its settings who may ask it.",
] as const;
const KEY_REFUSED = [
  "endpoint-key-refused",
  "The model's server refuses the key.",
  "Check the key under Key, and that it may use this model.",
] as const;

/** Says of a refused key what can be done about it in the page. */
const withRefusal = (writer: Writer, refusal: Refusal): Writer =>
  refused(writer, "endpoint-key-refused", () => refusal);

/** The writer with other words for one of its failures. */
const refused = (writer: Writer, code: string, words: (failure: StudioError) => Refusal): Writer => ({
  ...writer,
  ask: (prompt, signal) =>
    writer.ask(prompt, signal).catch((thrown: unknown) => {
      if (thrown instanceof StudioError && thrown.code === code && !(thrown instanceof BehindStudioError))
        throw new FatalWriterError(...words(thrown));
      throw thrown;
    }),
});
