import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import type { QuestionRow, Verdict } from "../../../app/questions/store.ts";
import { FILTER_WORDS } from "./filterWords.ts";
import classes from "./questions.module.css";

/** One question beside the passage that answers it, and what may be done about it. */
export const QuestionDetail = (props: {
  row: QuestionRow;
  place: string;
  editing: boolean;
  onEdit: () => void;
  onText: (text: string) => void;
  onCancel: () => void;
  onJudge: (verdict: Verdict) => void;
}) => {
  const { row } = props;
  const rejected = row.filter !== null;
  return (
    <Stack gap="sm">
      <div className="overline">{props.place}</div>
      {props.editing ? (
        <Edit text={row.text} onText={props.onText} onCancel={props.onCancel} />
      ) : (
        <Text size="lg" fw={600}>
          {row.text}
        </Text>
      )}
      {row.written !== null && (
        <Text size="sm" c="dimmed">
          Written as: {row.written}
        </Text>
      )}
      {row.filter && (
        <Text size="sm">
          {FILTER_WORDS[row.filter].name}: {row.reason}
        </Text>
      )}
      {!props.editing && (
        <Group gap="sm">
          <Button
            size="sm"
            variant={row.verdict === "accepted" ? "filled" : "default"}
            aria-pressed={row.verdict === "accepted"}
            onClick={() => props.onJudge("accepted")}
          >
            {rejected ? "Bring back" : "Accept"}
          </Button>
          <Button
            size="sm"
            color="brick"
            variant={row.verdict === "rejected" ? "filled" : "default"}
            aria-pressed={row.verdict === "rejected"}
            onClick={() => props.onJudge("rejected")}
          >
            Reject
          </Button>
          <Button size="sm" variant="default" onClick={props.onEdit}>
            Edit
          </Button>
        </Group>
      )}
      <div>
        <Text size="sm" c="dimmed">
          {[row.document, row.title, row.heading].filter((part, i, all) => part && all.indexOf(part) === i).join(" · ")}
        </Text>
        <Text size="sm" component="div" className={classes.answer} tabIndex={0} role="region" aria-label="The passage">
          {row.answer}
        </Text>
      </div>
      {row.found.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            {row.filter === "round-trip" ? "Found in its place" : "It repeats"}
          </Text>
          {row.found.map((text) => (
            <Text size="sm" c="dimmed" lineClamp={3} key={text} mt={4}>
              {text}
            </Text>
          ))}
        </div>
      )}
    </Stack>
  );
};

/** The question in other words. Enter takes them, Escape leaves the question as it is. */
const Edit = (props: { text: string; onText: (text: string) => void; onCancel: () => void }) => {
  const [text, setText] = useState(props.text);
  const trimmed = text.trim();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (trimmed !== "") props.onText(trimmed);
      }}
    >
      <Textarea
        label="The question"
        autoFocus
        autosize
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") props.onCancel();
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing)
            event.currentTarget.form?.requestSubmit();
          else return;
          event.preventDefault();
        }}
      />
      <Group gap="sm" mt={6}>
        <Button size="sm" type="submit" disabled={trimmed === ""}>
          Take these words
        </Button>
        <Button size="sm" variant="default" onClick={props.onCancel}>
          Cancel
        </Button>
      </Group>
    </form>
  );
};
