import { feedbackAnswerSchema, feedbackPairsSchema, feedbackPaths } from "../domain/api/index.ts";
import type { FeedbackClient } from "../app/imports/ports.ts";
import { callApi } from "./apiClient.ts";

/** Feedback over HTTP, at the page's own origin. */
export const feedbackClient: FeedbackClient = {
  async send(json) {
    await callApi(feedbackAnswerSchema, feedbackPaths.feedback, { method: "POST", json });
  },
  pairs: () => callApi(feedbackPairsSchema, feedbackPaths.pairs),
};
