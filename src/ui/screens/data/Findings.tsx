import { Button, Group, Text } from "@mantine/core";
import { IconAlertOctagon, IconAlertTriangle, IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import { useDatasets } from "../../../app/datasets/hooks.ts";
import type { FindingView, ReportView } from "../../../app/datasets/store.ts";
import classes from "./data.module.css";

const SEVERITY = {
  blocking: { icon: IconAlertOctagon, color: "var(--bad)", word: "Decide before training" },
  warning: { icon: IconAlertTriangle, color: "var(--series-bm25)", word: "Worth a look" },
  info: { icon: IconInfoCircle, color: "var(--studio-ink-soft)", word: "Good to know" },
} as const;

/** These have panels of their own. */
const ELSEWHERE: ReadonlySet<FindingView["code"]> = new Set(["bad-lines", "columns-guessed", "score-open"]);

const linesOf = ({ lines, lineCount }: FindingView): string =>
  `${lineCount === 1 ? "Line" : "Lines"} ${lines.join(", ")}${lineCount > lines.length ? ` and ${lineCount - lines.length} more` : ""}`;

const One = ({ finding, kept, rows }: { finding: FindingView; kept: boolean; rows: number }) => {
  const choose = useDatasets((state) => state.choose);
  const { icon: Icon, color, word } = SEVERITY[finding.severity];
  /** "Keep them" on something that is kept anyway is only a choice where one is demanded. */
  const choices = finding.choices.filter(
    ({ effect }) => effect !== "keep" || (finding.severity === "blocking" && !kept),
  );
  /** A finding about every row needs no list of lines. */
  const few = finding.lineCount > 0 && finding.lineCount < rows;
  return (
    <li className={classes.finding}>
      <Icon
        size={19}
        stroke={1.7}
        color={kept ? "var(--studio-ink-soft)" : color}
        aria-label={kept ? "Kept" : word}
        role="img"
      />
      <div>
        <Text>
          {finding.sentence}{" "}
          <Text span c="dimmed">
            {finding.advice}
          </Text>
        </Text>
        {few && (
          <Text size="sm" c="dimmed" className="numbers">
            {linesOf(finding)}
          </Text>
        )}
        {choices.length > 0 && (
          <Group gap="xs" mt={6}>
            {choices.map((choice, i) => (
              <Button
                key={choice.id}
                size="compact-sm"
                variant={i === 0 && finding.severity === "blocking" && !kept ? "filled" : "default"}
                onClick={() => void choose(finding.code, choice.id)}
              >
                {choice.label}
              </Button>
            ))}
          </Group>
        )}
      </div>
    </li>
  );
};

/** What the doctor found, most severe first, each with the choices it allows. */
export const Findings = (props: { report: ReportView; kept: readonly string[] }) => {
  const shown = props.report.findings.filter(({ code }) => !ELSEWHERE.has(code));
  return (
    <ul className={classes.findings}>
      {shown.length === 0 && (
        <li className={classes.finding}>
          <IconCircleCheck size={19} stroke={1.7} color="var(--good)" aria-hidden />
          <Text>No duplicates, conflicts, leaks or personal data were found.</Text>
        </li>
      )}
      {shown.map((finding) => (
        <One key={finding.code} finding={finding} rows={props.report.rows} kept={props.kept.includes(finding.code)} />
      ))}
    </ul>
  );
};
