import { counted } from "../../charts/index.ts";

/** Where a thumb goes, at the thumb. @param sent  to the server too, since it keeps this search */
export const thumbTitle = (answers: boolean, sent: boolean): string =>
  `${answers ? "Answers" : "Does not answer"} the question: ${sent ? "noted in this browser, and sent to the server" : "noted in this browser alone"}`;

/** What thumbs have said so far, where it is, and what it is for. @param taken  whether the server takes feedback */
export const judgedWords = (judged: number, pairs: number, taken: boolean): string =>
  [
    `${counted(judged, "result")} judged, ${counted(pairs, "test pair")} so far.`,
    pairs === 0 && "A thumb up makes a pair of a question and a result.",
    taken
      ? "They are kept in this browser, and those on searches that the server keeps are in Data, From use, too."
      : "They are kept in this browser alone. Download them to train or test on them in Data.",
  ]
    .filter(Boolean)
    .join(" ");
