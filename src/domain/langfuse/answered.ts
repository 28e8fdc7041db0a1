import type { LangfuseAnswered } from "../api/index.ts";

/** Which generation of Langfuse answered, by the forms of its addresses; null before anything answered. */
export const answeredWords = ({ observations, scores, datasets }: LangfuseAnswered): string | null => {
  const forms = [
    observations && `observations ${observations}`,
    scores && `scores ${scores}`,
    datasets && `data sets ${datasets}`,
  ].filter(Boolean);
  if (forms.length === 0) return null;
  const generation = observations === "v2" ? "Langfuse 4" : observations === "v1" ? "Langfuse 3" : "Langfuse";
  return `${generation} answered (${forms.join(", ")}).`;
};
