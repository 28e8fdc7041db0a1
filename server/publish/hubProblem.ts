import { HubApiError } from "@huggingface/hub";
import { StudioError } from "../../src/domain/errors.ts";

const AGAIN =
  "Publish again: files that have arrived are not sent again, and until the commit nobody sees anything of it.";

/** What the hub's answer means, without addresses or headers: those of storage may be signed. */
const byStatus = (status: number, repo: string): StudioError => {
  switch (status) {
    case 401:
      return new StudioError(
        "hub-unauthorized",
        "The hub does not take the token.",
        "Make a token with write access (huggingface.co, Settings, Access Tokens) and give it again.",
      );
    case 403:
      return new StudioError(
        "hub-forbidden",
        `The token may not write to ${repo}.`,
        "Give a token with write access to this owner, or publish under your own name.",
      );
    case 404:
      return new StudioError(
        "hub-refused",
        `The hub has no ${repo} that the token can write to.`,
        "Check owner and name.",
      );
    case 409:
    case 412:
      return new StudioError(
        "hub-conflict",
        `Somebody else has changed ${repo} meanwhile; nothing was overwritten.`,
        "Look at what is there, then publish again.",
      );
    default:
      return status === 408 || status === 429 || status >= 500
        ? new StudioError("hub-busy", `The hub cannot take it now (status ${status}).`, AGAIN)
        : new StudioError(
            "hub-refused",
            `The hub refused the upload (status ${status}).`,
            "Check owner, name and card, then publish again.",
          );
  }
};

/** Without what an address may hold beside the host. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "The hub");

/** A failure of the hub or of the way there as a problem that says what to do. */
export const hubProblem = (thrown: unknown, repo: string, hubUrl: string): StudioError => {
  if (thrown instanceof StudioError) return thrown;
  if (thrown instanceof HubApiError) return byStatus(thrown.statusCode, repo);
  return new StudioError(
    "hub-unreachable",
    `${hostOf(hubUrl)} does not answer, or the connection was lost.`,
    `Check the network, and HF_ENDPOINT where it is set. ${AGAIN}`,
    { cause: thrown },
  );
};

/** Whether it may pass by itself. */
export const passes = ({ code }: StudioError): boolean => code === "hub-busy" || code === "hub-unreachable";
