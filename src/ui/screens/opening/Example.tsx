import { Text } from "@mantine/core";
import { percent, whole } from "../../components/format.ts";
import { Term } from "../../components/Term.tsx";
import type { Opening } from "../../../domain/run/opening.ts";
import classes from "./opening.module.css";

const place = (rank: number | null): string => (rank === null ? "not among the first 100" : `in place ${rank}`);

/** One real question: the first hit before and after tuning. */
export const Example = ({ run }: { run: Opening }) => (
  <figure className={classes.example}>
    <Text className="overline">A question of {run.dataset}</Text>
    <Text size="lg" fw={600}>
      “{run.question}”
    </Text>
    <div className={classes.pair}>
      <div className={classes.hit} data-kind="before">
        <Text size="sm" fw={600}>
          Before: wrong
        </Text>
        <Text size="sm" lineClamp={4}>
          {run.before.text}
        </Text>
        <Text size="xs" c="dimmed">
          The right document was {place(run.before.rank)}.
        </Text>
      </div>
      <div className={classes.hit} data-kind="after">
        <Text size="sm" fw={600}>
          After tuning: right
        </Text>
        <Text size="sm" lineClamp={4}>
          {run.after.text}
        </Text>
        <Text size="xs" c="dimmed">
          The right document is {place(run.after.rank)}.
        </Text>
      </div>
    </div>
    <figcaption>
      <Text size="sm" c="dimmed" component="span">
        From a finished run of {run.base}: <Term of="recall@k">recall@10</Term> {percent(run.recall.baseline)} before,{" "}
        {percent(run.recall.tuned)} after, <Term of="BM25" /> {percent(run.recall.bm25)}, on {whole(run.questions)} test
        questions.
      </Text>
    </figcaption>
  </figure>
);
