import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import type { RetrievalEvaluation } from "../../../../domain/evaluation/types.ts";
import { countChanges, crossingSentence, rankChanges } from "../../../../domain/evaluation/index.ts";
import { counted, percent } from "../../../charts/index.ts";
import classes from "../compare.module.css";

const KINDS = [
  { kind: "won", label: "won" },
  { kind: "stayed", label: "stayed" },
  { kind: "lost", label: "lost" },
] as const;

/** How many queries won and lost their right document in the first ten, and how many neither. */
export const Changes = (props: { before: RetrievalEvaluation; after: RetrievalEvaluation; runId: string | null }) => {
  const changes = rankChanges(props.before, props.after);
  const counts = countChanges(changes);
  return (
    <div>
      {props.runId && <Text mb="sm">{crossingSentence(changes)}</Text>}
      <div className={classes.bar} aria-hidden>
        {KINDS.map(
          ({ kind }) => counts[kind] > 0 && <div key={kind} data-kind={kind} style={{ flexGrow: counts[kind] }} />,
        )}
      </div>
      <Group gap="6px 32px" mt="sm">
        {KINDS.map(({ kind, label }) => {
          const text = `${counted(counts[kind], "query", "queries")} ${label} (${percent(changes.length ? counts[kind] / changes.length : 0, 0)})`;
          return (
            <Group key={kind} gap={6} wrap="nowrap">
              <span className={classes.key} data-kind={kind} aria-hidden />
              {props.runId ? (
                <Anchor component={Link} to={`/inspect?run=${props.runId}&show=${kind}`} size="sm">
                  {text}
                </Anchor>
              ) : (
                <Text size="sm">{text}</Text>
              )}
            </Group>
          );
        })}
      </Group>
    </div>
  );
};
