import type { Doing } from "../../../app/questions/store.ts";
import { bytes, counted, roughDuration, whole } from "../../components/format.ts";
import { FILTER_WORDS } from "./filterWords.ts";

/** How far a piece of work is, for people; the share is null where nobody knows. */
export const wordsOf = (doing: Doing): { title: string; share: number | null; detail: string } => {
  if (doing.what === "filtering") return filteringWords(doing);
  const { progress } = doing;
  if (doing.what === "reading") {
    const { progress } = doing;
    return {
      title: "Reading the documents",
      share: progress && progress.total > 1 ? progress.done / progress.total : null,
      detail: progress
        ? `${whole(progress.done)} of ${counted(progress.total, "file")}, ${counted(progress.passages, "passage")} so far; now ${progress.name}`
        : "Starting",
    };
  }
  if (!progress || !("waiting" in progress)) return { title: "Writing questions", share: null, detail: "Starting" };
  const { done, total, failed, waiting, loading, slow } = progress;
  if (loading) return loadingWords(loading);
  const asked = done - doing.doneBefore;
  const left = asked > 0 ? ((total - done) * (performance.now() - doing.startedAt)) / 1000 / asked : null;
  const parts = [
    // How many there are is told with the first that is done.
    total > 0 ? `${whole(done)} of ${counted(total, "passage")}` : "Asking about the first passage",
    failed > 0 && `${whole(failed)} failed`,
    waiting
      ? `waiting ${roughDuration(waiting.milliseconds / 1000)}: ${waiting.reason}`
      : left !== null && left > 0 && `about ${roughDuration(left)} left`,
    slow && "on the processor, since the browser gives no GPU: this is slow",
  ];
  return {
    title: "Writing questions",
    share: total > 0 ? done / total : null,
    detail: parts.filter(Boolean).join(", "),
  };
};

const filteringWords = ({ progress, startedAt }: Extract<Doing, { what: "filtering" }>) => {
  const title = "Filtering the questions";
  if (!progress) return { title, share: null, detail: "Loading the base model" };
  const { filter, stage, done, total } = progress;
  const left = done > 0 ? ((total - done) * (performance.now() - startedAt)) / 1000 / done : 0;
  const looking = `Looking for questions that ${FILTER_WORDS[filter].many}`;
  const parts = [
    looking,
    total > 0 &&
      (stage === "embedding"
        ? `the base reads ${whole(done)} of ${counted(total, "text")}`
        : `${whole(done)} of ${whole(total)}`),
    left > 0 && `about ${roughDuration(left)} left`,
  ];
  return { title, share: total > 0 ? done / total : null, detail: parts.filter(Boolean).join(", ") };
};

/** The page's model on its way. */
const loadingWords = ({ done, total }: { done: number; total: number }) => ({
  title: "Loading the model",
  share: total > 0 && done < total ? done / total : null,
  detail: done < total ? `${bytes(done)} of ${bytes(total)}; a stop keeps what is there` : "Starting the model",
});
