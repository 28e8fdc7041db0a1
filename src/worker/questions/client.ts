import { StudioError } from "../../domain/errors.ts";
import { connect, type Connected } from "../rpc.ts";
import type { QuestionsService } from "./protocol.ts";

/** Documents and questions in a worker of their own: a PDF may be slow, large or hostile. */
export const createQuestionsWorker = (): Connected<QuestionsService> =>
  connect(
    () => new Worker(new URL("./host/questions.worker.ts", import.meta.url), { type: "module", name: "questions" }),
    {
      // Reading and writing stop by themselves; a file that holds the worker does not.
      grace: 3000,
      broken: () =>
        new StudioError(
          "questions-worker-broken",
          "The part of the studio that reads documents stopped.",
          "What was written is kept: reload the page. If a document is very large, leave it out.",
        ),
    },
  );
