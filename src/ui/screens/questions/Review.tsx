import { Group, Kbd, Select, Text, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { IconCheck, IconX } from "@tabler/icons-react";
import { useState } from "react";
import { FILTER_NAMES } from "../../../domain/questions/types.ts";
import { wilsonInterval } from "../../../domain/evaluation/statistics/wilson.ts";
import { useQuestionRows } from "../../../app/questions/hooks.ts";
import type { QuestionList, QuestionRow, QuestionsView, ReviewView, Verdict } from "../../../app/questions/store.ts";
import { counted, percent, whole } from "../../components/format.ts";
import { LongList } from "../../components/LongList.tsx";
import { Panel } from "../../components/Panel.tsx";
import { useSingleKeys } from "../../shell/useSingleKeys.ts";
import { FILTER_WORDS } from "./filterWords.ts";
import { QuestionDetail } from "./QuestionDetail.tsx";
import classes from "./questions.module.css";

const SHORTCUTS: readonly [keys: string[], meaning: string][] = [
  [["j", "k"], "next and previous"],
  [["a"], "accept"],
  [["r"], "reject"],
  [["e"], "edit"],
];

/** Questions gone through one by one, by keyboard: a sample first, all that passed, and what the filters rejected. */
export const Review = (props: { view: QuestionsView; list: QuestionList; onList: (list: QuestionList) => void }) => {
  const { view, list } = props;
  const { filtered, review } = view;
  const [open, setOpen] = useState<{ list: QuestionList; place: number }>({ list, place: 0 });
  const [editing, setEditing] = useState(false);
  const { count, rowAt, need, judgeAt } = useQuestionRows(
    list,
    `${view.createdAt} ${filtered?.kept} ${filtered?.rejected}`,
  );
  const place = open.list === list ? Math.min(open.place, Math.max(0, (count ?? 1) - 1)) : 0;
  const row = rowAt(place);
  const go = (to: number) => {
    setEditing(false);
    if (to >= 0 && to < (count ?? 0)) {
      need(to);
      setOpen({ list, place: to });
    }
  };
  const judge = (verdict: Verdict) => {
    if (!row) return;
    void judgeAt(place, { verdict, ...wordsOf(row) });
    // The next question comes at once: keys are quicker than storage.
    go(place + 1);
  };
  // By its button alone: a key that is pressed once too often at the end of the list takes nothing back.
  const press = (verdict: Verdict) => {
    if (row?.verdict === verdict) void judgeAt(place, { verdict: null, ...wordsOf(row) });
    else judge(verdict);
  };
  const edit = (text: string) => {
    setEditing(false);
    void judgeAt(place, { verdict: "accepted", ...(text !== (row?.written ?? row?.text) && { text }) });
  };
  useSingleKeys({
    j: () => go(place + 1),
    k: () => go(place - 1),
    ArrowDown: () => go(place + 1),
    ArrowUp: () => go(place - 1),
    a: () => judge("accepted"),
    r: () => judge("rejected"),
    e: () => setEditing(true),
  });
  if (!filtered || !review) return null;
  return (
    <Panel title="Review" note={shareAccepted(review, filtered.kept)}>
      <Group justify="space-between" mb="sm">
        <Select
          aria-label="Questions shown"
          w={320}
          allowDeselect={false}
          value={list}
          onChange={(value) => value && props.onList(value as QuestionList)}
          data={[
            ...(review.sample < filtered.kept
              ? [
                  { value: "sample", label: `A random sample of ${review.sample}` },
                  { value: "kept", label: `All that passed (${whole(filtered.kept)})` },
                ]
              : [{ value: "sample", label: `All that passed (${whole(filtered.kept)})` }]),
            {
              group: "Rejected by a filter",
              items: FILTER_NAMES.filter((name) => (filtered.counts[name] ?? 0) > 0).map((name) => ({
                value: name,
                label: `${FILTER_WORDS[name].name} (${whole(filtered.counts[name] ?? 0)})`,
              })),
            },
          ]}
        />
        <Text size="sm" c="dimmed">
          {SHORTCUTS.map(([keys, meaning], i) => (
            <span key={meaning}>
              {i > 0 && ", "}
              {keys.map((key) => (
                <Kbd key={key} size="xs" mr={4}>
                  {key}
                </Kbd>
              ))}
              {meaning}
            </span>
          ))}
        </Text>
      </Group>
      {count === 0 && <Text c="dimmed">No question is in this list.</Text>}
      {count !== null && count > 0 && (
        <div className={classes.review}>
          <LongList label="Questions" count={count} rowHeight={56} maxHeight={440} columns="1fr" active={place}>
            {(index) => (
              <Line row={rowAt(index)} open={index === place} need={() => need(index)} onOpen={() => go(index)} />
            )}
          </LongList>
          {row && (
            <QuestionDetail
              key={row.id}
              row={row}
              place={`Question ${whole(place + 1)} of ${whole(count)}`}
              editing={editing}
              onEdit={() => setEditing(true)}
              onText={edit}
              onCancel={() => setEditing(false)}
              onJudge={press}
            />
          )}
        </div>
      )}
      <VisuallyHidden role="status">
        {row ? `Question ${place + 1} of ${count}: ${row.text}. ${row.verdict ?? "Not judged"}` : ""}
      </VisuallyHidden>
      <Text size="sm" mt="md">
        {counted(review.pairs, "pair")} would be used: those that passed
        {review.rejectedByPerson > 0 && ` without ${whole(review.rejectedByPerson)} that you rejected`}
        {review.restored > 0 && `, and ${whole(review.restored)} that you brought back`}
        {review.edited > 0 && `; you changed ${whole(review.edited)}`}.
      </Text>
    </Panel>
  );
};

/** A question's own words, where a person gave it some. */
const wordsOf = (row: QuestionRow): { text?: string } => (row.written === null ? {} : { text: row.text });

/** The share accepted of the sample, with what it says about all. */
const shareAccepted = ({ sample, judged, accepted }: ReviewView, kept: number): string => {
  // Where the sample is all there is, nothing has to be inferred.
  if (sample === kept && judged > 0)
    return `${whole(accepted)} of ${whole(judged)} accepted; ${judged < kept ? `${whole(kept - judged)} not read yet` : "you read all"}`;
  if (sample === kept) return "look at all of them: they are few";
  const interval = wilsonInterval(accepted, judged);
  if (!interval) return `look at the sample of ${sample}: it tells how good all are`;
  return `${whole(accepted)} of ${whole(judged)} accepted in the sample: of all, ${percent(interval.low, 0)} to ${percent(interval.high, 0)} are good (95 % interval)`;
};

/** A question in the list. */
const Line = (props: { row: QuestionRow | null; open: boolean; need: () => void; onOpen: () => void }) => {
  const { row } = props;
  if (!row) {
    queueMicrotask(props.need);
    return (
      <Text size="sm" c="dimmed">
        …
      </Text>
    );
  }
  return (
    <UnstyledButton className={classes.row} data-open={props.open} onClick={props.onOpen}>
      {row.verdict === "accepted" && <IconCheck size={16} role="img" aria-label="accepted" />}
      {row.verdict === "rejected" && <IconX size={16} role="img" aria-label="rejected" />}
      <Text size="sm" lh={1.35} lineClamp={2}>
        {row.text}
      </Text>
    </UnstyledButton>
  );
};
