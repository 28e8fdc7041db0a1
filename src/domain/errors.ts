/** The one error form that crosses every boundary: worker, HTTP, command line. */
export interface Problem {
  /** Stable and machine readable, kebab-case: `dataset-empty`, `device-lost`. */
  code: string;
  /** What happened, in one sentence. Never holds user text from documents or queries. */
  message: string;
  /** What the person can do about it. */
  hint: string;
}

/** An expected failure with advice. Anything else that is thrown is a defect. */
export class StudioError extends Error implements Problem {
  override readonly name = "StudioError";
  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the server would not do as it was asked (4xx): the caller's to mend, and no fault of either side. */
export class RefusedError extends StudioError {
  constructor({ code, message, hint }: Problem) {
    super(code, message, hint);
  }
}

/** Any thrown value in the form that crosses boundaries. An abort keeps its own code. */
export const toProblem = (thrown: unknown): Problem => {
  if (isProblem(thrown)) return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  if (thrown instanceof DOMException && thrown.name === "AbortError")
    return { code: "aborted", message: "The work was stopped.", hint: "Start it again when you are ready." };
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "unexpected", message, hint: "This is a defect in the studio. Reload the page and try again." };
};

/** Whether a value already has the boundary form. */
export const isProblem = (value: unknown): value is Problem =>
  typeof value === "object" &&
  value !== null &&
  ["code", "message", "hint"].every((key) => typeof (value as Record<string, unknown>)[key] === "string");

/** The error again on this side of a boundary. */
export const fromProblem = (problem: Problem): StudioError =>
  new StudioError(problem.code, problem.message, problem.hint);
