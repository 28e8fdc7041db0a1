import { Button, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { tellApartSentence } from "../../../domain/questions/tellApart.ts";
import { FILTER_NAMES, type FilterName } from "../../../domain/questions/types.ts";
import type { FilteredView, QuestionList, QuestionsView } from "../../../app/questions/store.ts";
import { counted, percent, whole } from "../../components/format.ts";
import { Panel } from "../../components/Panel.tsx";
import { WideTable } from "../../components/WideTable.tsx";
import { Term } from "../../components/Term.tsx";
import { FILTER_WORDS } from "./filterWords.ts";
import { Thresholds } from "./Thresholds.tsx";
import classes from "./questions.module.css";

/** Where each filter draws its line, in words. */
const threshold = (name: FilterName, { thresholds }: FilteredView): ReactNode => {
  const lines: Partial<Record<FilterName, ReactNode>> = {
    empty: `at least ${thresholds.leastCharacters} letters and digits, and at most ${thresholds.mostCharacters} characters, are kept`,
    copied: `a run of ${thresholds.copiedWords} or more words of the passage that makes up ${percent(thresholds.copiedShare, 0)} of the question`,
    generic: (
      <>
        nearer to all passages than the other questions by more than {thresholds.genericDeviations}{" "}
        <Term of="robust deviation">deviations</Term>
      </>
    ),
    "round-trip": (
      <>
        the passage is not among the first {thresholds.roundTripDepth} of <Term of="hybrid search" />
      </>
    ),
    "near-duplicate": "80 % of the character pieces are the same",
  };
  return lines[name] ?? "–";
};

/** What each filter rejected and where it draws its line; each list can be read, and questions brought back. */
export const Filters = ({ view, onRead }: { view: QuestionsView; onRead: (list: QuestionList) => void }) => {
  const { filtered } = view;
  if (!filtered) return null;
  const { passages } = filtered;
  return (
    <Panel title="Filters" note={`${counted(filtered.kept, "question")} passed, ${whole(filtered.rejected)} did not`}>
      <WideTable label="Filters" minWidth={640}>
        <table className={classes.filters}>
          <thead>
            <tr>
              <th scope="col">Filter</th>
              <th scope="col">Rejected</th>
              <th scope="col">Questions that</th>
              <th scope="col">Line</th>
              <th scope="col">
                <span className="overline">Read</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {FILTER_NAMES.map((name) => (
              <tr key={name}>
                <th scope="row">{FILTER_WORDS[name].name}</th>
                <td className="numbers">
                  {filtered.counts[name] === undefined ? "not used" : whole(filtered.counts[name])}
                </td>
                <td>{FILTER_WORDS[name].many}</td>
                <td>
                  <Text size="sm" c="dimmed">
                    {threshold(name, filtered)}
                  </Text>
                </td>
                <td>
                  {(filtered.counts[name] ?? 0) > 0 && (
                    <Button
                      size="compact-sm"
                      variant="default"
                      onClick={() => onRead(name)}
                      aria-label={`Read what “${FILTER_WORDS[name].name}” rejected`}
                    >
                      Read
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </WideTable>
      <Thresholds
        key={JSON.stringify(filtered.thresholds)}
        used={filtered.thresholds}
        unused={FILTER_NAMES.filter((name) => filtered.counts[name] === undefined)}
      />
      {filtered.apart && (
        <Text size="sm" mt="sm">
          {tellApartSentence(filtered.apart)}
        </Text>
      )}
      <Text size="sm" c="dimmed" mt="sm">
        Of {counted(passages.asked, "passage")} asked about, {whole(passages.kept)} gave pairs,{" "}
        {whole(passages.rejected)} had every question rejected, {whole(passages.failed)} failed and{" "}
        {whole(passages.skipped)} held nothing to ask.
      </Text>
    </Panel>
  );
};
