import type { Problem } from "../../src/domain/errors.ts";
import { toProblem } from "../../src/domain/errors.ts";
import { makeExport, type ExportTask } from "./makeExport.ts";

/** What the process that makes a form says to the server. */
export type ExportNews =
  | { done: number; total: number }
  | { ended: true }
  | { ended: false; problem: Problem; defect: string | null };

/** Sends, and waits until it is sent: the process may end right after. */
const say = (news: ExportNews): Promise<void> =>
  new Promise((resolve) => (process.send ? process.send(news, () => resolve()) : resolve()));

// A server that was killed takes this process with it; what is half written has a passing name.
process.on("disconnect", () => process.exit(1));
process.once("message", (task: ExportTask) => {
  makeExport(task, (done, total) => void say({ done, total }))
    .then(
      () => say({ ended: true }),
      (thrown: unknown) => {
        const problem = toProblem(thrown);
        const defect = problem.code === "unexpected" ? String((thrown as Error)?.stack ?? thrown) : null;
        return say({ ended: false, problem, defect });
      },
    )
    .finally(() => process.exit(0));
});
