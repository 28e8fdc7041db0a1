import { Group, Text } from "@mantine/core";
import { useDevQueries, useRunSeries } from "../../../../app/runs/hooks.ts";
import { at } from "../../../../domain/present.ts";
import type { RunRecord } from "../../../../domain/run/types.ts";
import { Panel } from "../../../components/Panel.tsx";
import { watchedPaths, type WatchedPath } from "./watchedPaths.ts";
import classes from "./run.module.css";

const place = (rank: number | null): string => (rank === null ? "not found" : String(rank));

/** Five questions of the dev set, and where their answer stood at each score: an answer climbs, or it does not. */
export const Watched = ({ run }: { run: RunRecord }) => {
  const series = useRunSeries(run.id);
  const queries = useDevQueries(run.id);
  if (series.status !== "ready" || queries.status !== "ready") return null;
  const paths = watchedPaths(series.value.dev);
  if (paths.length === 0) return null;
  return (
    <Panel title="Watched questions" note="where the right document stands, score by score">
      <ul className={classes.watched} aria-label="Watched questions">
        {paths.map((path) => (
          <li key={path.query}>
            <Text lineClamp={2}>{queries.value[path.query]?.text ?? "…"}</Text>
            <Path path={path} />
          </li>
        ))}
      </ul>
    </Panel>
  );
};

const Path = ({ path: { ranks } }: { path: WatchedPath }) => {
  const now = at(ranks, -1);
  const before = ranks.slice(Math.max(0, ranks.length - 6), -1);
  return (
    <Group gap={8} wrap="nowrap" className="numbers" justify="flex-end">
      {before.length > 0 && (
        <Text size="sm" c="dimmed" component="span">
          {before.map(place).join(" → ")} →
        </Text>
      )}
      <span className={classes.rank} data-found={(now !== null && now <= 10) || undefined}>
        {place(now)}
      </span>
    </Group>
  );
};
