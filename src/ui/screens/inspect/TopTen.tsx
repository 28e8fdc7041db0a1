import { Group, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import type { QueryResult } from "../../../domain/evaluation/types.ts";
import { at } from "../../../domain/present.ts";
import { Swatch, type SeriesLook } from "../../charts/index.ts";
import classes from "./inspect.module.css";

/** Where the same document stands in the other model's list. */
const elsewhere = (other: QueryResult, document: number, name: string): string => {
  const place = other.top.indexOf(document);
  return `${name}: ${place < 0 ? "beyond 100" : place + 1}`;
};

/** The first ten documents of one model for a query, the right ones marked. */
export const TopTen = (props: {
  title: string;
  look: SeriesLook;
  result: QueryResult;
  other: { name: string; result: QueryResult };
  relevant: ReadonlySet<number>;
  /** A document's text, null while it is read. */
  documentAt: (document: number) => string | null;
}) => {
  const { result, other, relevant, documentAt } = props;
  const below = result.bestRank === null || result.bestRank > 10;
  return (
    <section aria-label={`Top ten of ${props.title}`}>
      <Group gap="xs" mb="xs">
        <Swatch look={props.look} />
        <Title order={3}>{props.title}</Title>
        <Text size="sm" c="dimmed">
          {result.bestRank === null ? "right document beyond 100" : `right document at ${result.bestRank}`}
        </Text>
      </Group>
      <ol className={classes.hits}>
        {result.top.slice(0, 10).map((document, index) => (
          <li key={document} className={classes.hit} data-right={relevant.has(document) || undefined}>
            <div className={classes.meta}>
              <strong>{index + 1}</strong>
              {relevant.has(document) && (
                <span className={classes.right}>
                  <IconCheck size={14} aria-hidden /> right document
                </span>
              )}
              <span>cosine {at(result.scores, index).toFixed(3)}</span>
              <span style={{ marginLeft: "auto" }}>{elsewhere(other.result, document, other.name)}</span>
            </div>
            <details>
              <summary>
                <span className={classes.clamped}>{documentAt(document) ?? "…"}</span>
              </summary>
            </details>
          </li>
        ))}
      </ol>
      {below && (
        <Text size="sm" mt="xs" c="dimmed">
          None of these ten is a right document.
        </Text>
      )}
    </section>
  );
};
