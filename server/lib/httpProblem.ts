import { StudioError, type Problem } from "../../src/domain/errors.ts";

/** A failure with its own HTTP status and headers, for codes that the table does not know. */
export class HttpProblem extends StudioError {
  constructor(
    readonly status: number,
    problem: Problem,
    readonly headers: Record<string, string> = {},
  ) {
    super(problem.code, problem.message, problem.hint);
  }
}
