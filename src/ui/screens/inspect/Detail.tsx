import { Button, Group, Kbd, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconFlag, IconFlagOff } from "@tabler/icons-react";
import { rankText } from "../../../app/comparison/ranks.ts";
import { at, present } from "../../../domain/present.ts";
import type { WholeRun } from "../../../domain/run/types.ts";
import { counted, whole } from "../../charts/index.ts";
import { Panel } from "../../components/Panel.tsx";
import { TopTen } from "./TopTen.tsx";
import classes from "./inspect.module.css";
import type { Row } from "./useInspection.ts";

export const VIEWS = ["both", "baseline", "tuned"] as const;
export type View = (typeof VIEWS)[number];

/** One query: its right documents, and what each model puts first. */
export const Detail = (props: {
  run: WholeRun;
  row: Row;
  /** A document's text, null while it is read. */
  documentAt: (document: number) => string | null;
  view: View;
  onView: (view: View) => void;
  flagged: boolean;
  onFlag: () => void;
}) => {
  const { run, row, view, documentAt } = props;
  const query = at(run.queries, row.query);
  const relevant = new Set(query.relevant);
  const resultOf = (side: "baseline" | "tuned") =>
    present(
      run[side]?.perQuery.find(({ query }) => query === row.query),
      `${side} result`,
    );
  const sides = { baseline: resultOf("baseline"), tuned: resultOf("tuned") };
  return (
    <Panel>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
          <div>
            <Title order={2} style={{ overflowWrap: "anywhere" }}>
              {row.text}
            </Title>
            <Text size="sm" c="dimmed" mt={2}>
              Place of{" "}
              {relevant.size === 1 ? "the right document" : `the first of ${whole(relevant.size)} right documents`}:{" "}
              {rankText(row)}, among {counted(run.test.documents, "document")}
            </Text>
          </div>
          <Button
            variant={props.flagged ? "light" : "default"}
            color={props.flagged ? "brick" : undefined}
            size="xs"
            style={{ flex: "none" }}
            leftSection={props.flagged ? <IconFlagOff size={15} aria-hidden /> : <IconFlag size={15} aria-hidden />}
            rightSection={
              <Kbd size="xs" visibleFrom="sm">
                x
              </Kbd>
            }
            aria-pressed={props.flagged}
            onClick={props.onFlag}
          >
            Bad pair
          </Button>
        </Group>
        <Group justify="space-between" align="flex-start" gap="xs">
          <details className={classes.answer}>
            <summary>
              <Text span size="sm" fw={550}>
                {relevant.size === 1 ? "The right document" : `The ${relevant.size} right documents`}
              </Text>
            </summary>
            {query.relevant.map((document) => (
              <Text key={document} size="sm" mt="xs" style={{ overflowWrap: "anywhere", whiteSpace: "pre-line" }}>
                {documentAt(document) ?? "…"}
              </Text>
            ))}
          </details>
          <Group gap="xs" wrap="nowrap">
            <SegmentedControl
              size="xs"
              aria-label="Models shown"
              value={view}
              onChange={(value) => props.onView(value)}
              data={[
                { value: "both", label: "Side by side" },
                { value: "baseline", label: "Baseline" },
                { value: "tuned", label: "Tuned" },
              ]}
            />
            <Kbd size="xs" visibleFrom="sm">
              b
            </Kbd>
          </Group>
        </Group>
        <div className={classes.columns}>
          {view !== "tuned" && (
            <TopTen
              title="Baseline"
              look="baseline"
              result={sides.baseline}
              other={{ name: "tuned", result: sides.tuned }}
              relevant={relevant}
              documentAt={documentAt}
            />
          )}
          {view !== "baseline" && (
            <TopTen
              title="Tuned"
              look="tuned"
              result={sides.tuned}
              other={{ name: "baseline", result: sides.baseline }}
              relevant={relevant}
              documentAt={documentAt}
            />
          )}
        </div>
      </Stack>
    </Panel>
  );
};
