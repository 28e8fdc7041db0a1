import { Alert, Button, Group, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { pick } from "../../../app/pick.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import type { QuestionList, QuestionsView } from "../../../app/questions/store.ts";
import { counted } from "../../components/format.ts";
import { OneByOne } from "../../components/OneByOne.tsx";
import { Page } from "../../components/Page.tsx";
import { PrimaryAction } from "../../components/PrimaryAction.tsx";
import { Entrances } from "../data/Entrances.tsx";
import { Documents } from "./Documents.tsx";
import { DoingPanel } from "./DoingPanel.tsx";
import { DropDocuments } from "./DropDocuments.tsx";
import { Failure } from "./Failure.tsx";
import { Filters } from "./Filters.tsx";
import { Review } from "./Review.tsx";
import { Writing } from "./Writing.tsx";

/** The way on: the pairs as a data set. */
const UsePairs = () => {
  const { view, doing, use } = useQuestions(pick("view", "doing", "use"));
  const navigate = useNavigate();
  if (!view) return null;
  const { review, writing } = view;
  const missing = doing
    ? "Wait until it is done, or stop it"
    : !review
      ? (writing?.questions ?? 0) > 0
        ? "Have the rest written, or look at what is there"
        : "Have questions written"
      : review.pairs === 0
        ? (writing?.questions ?? 0) > 0
          ? "No question is left"
          : "No question was written"
        : null;
  return (
    <PrimaryAction
      missing={missing}
      note={review && `${counted(review.pairs, "pair")}, ${unread(review.judged)}`}
      onClick={() => void use().then((done) => done && navigate("/data"))}
      rightSection={<IconArrowRight size={18} aria-hidden />}
    >
      Use these pairs
    </PrimaryAction>
  );
};

const unread = (judged: number): string =>
  judged === 0 ? "none of them read by you" : `${counted(judged, "question")} of the sample read by you`;

/** Files that wait for a word. */
const Offered = () => {
  const { offered, view, read, keepPresent } = useQuestions(pick("offered", "view", "read", "keepPresent"));
  if (!offered) return null;
  const questions = view?.writing?.questions ?? 0;
  return (
    <Alert
      role="alert"
      color="ochre"
      variant="light"
      title={`Add ${counted(offered.length, "file")} to ${view?.name ?? "these"}?`}
    >
      {questions > 0 && (
        <Text size="sm">
          Either way the {counted(questions, "question")} about {view?.name} go, since questions are drawn from all
          passages. To keep them, use them as pairs first.
        </Text>
      )}
      <Group gap="sm" mt="sm">
        <Button onClick={() => void read(offered, "add")}>Add them</Button>
        <Button variant="default" onClick={() => void read(offered)}>
          Read only the new files
        </Button>
        <Button variant="default" onClick={keepPresent}>
          Keep what is here
        </Button>
      </Group>
    </Alert>
  );
};

const Written = ({ view }: { view: QuestionsView }) => {
  const [list, setList] = useState<QuestionList>("sample");
  return (
    <>
      <Filters view={view} onRead={setList} />
      <Review view={view} list={list} onList={setList} />
    </>
  );
};

/** From documents to pairs: read, have questions written, filter, review. */
export default function QuestionsScreen() {
  const { status, view, doing, failed } = useQuestions(pick("status", "view", "doing", "failed"));
  return (
    <Page
      title="Questions from documents"
      lead="No pairs yet? Drop documents, have questions written about their passages, look at them, and train on the result."
      action={<UsePairs />}
    >
      <Entrances />
      {failed !== "writing" && failed !== "filtering" && <Failure />}
      <Offered />
      {status === "ready" && !view && !doing && <DropDocuments />}
      <DoingPanel />
      {view && doing?.what !== "reading" && (
        // A lot to draw at once when thousands of passages come in.
        <OneByOne key={view.createdAt}>
          <Documents view={view} />
          <Writing view={view} />
          {view.filtered && !doing && <Written view={view} />}
        </OneByOne>
      )}
    </Page>
  );
}
