import { Checkbox, Text } from "@mantine/core";
import type { Imported } from "../../../../app/imports/imported.ts";
import { LongList } from "../../../components/LongList.tsx";

/** The pairs that were read: what was asked, which document answers it, and whether to take it. */
export const Pairs = (props: {
  pairs: Imported["pairs"];
  without: ReadonlySet<number>;
  onWithout: (without: ReadonlySet<number>) => void;
}) => {
  const { pairs, without, onWithout } = props;
  if (pairs.length === 0) return null;
  const turn = (place: number, taken: boolean) => {
    const next = new Set(without);
    if (taken) next.delete(place);
    else next.add(place);
    onWithout(next);
  };
  return (
    <details>
      <summary>
        <Text span size="sm">
          Look at the pairs
        </Text>
      </summary>
      <LongList label="Pairs" count={pairs.length} rowHeight={64} maxHeight={360} columns="28px 2fr 3fr 110px">
        {(place) => {
          const pair = pairs[place];
          return (
            pair && (
              <>
                <Checkbox
                  aria-label={`Take “${pair.query}”`}
                  checked={!without.has(place)}
                  onChange={(event) => turn(place, event.currentTarget.checked)}
                />
                <Text size="sm" lineClamp={2} title={pair.query}>
                  {pair.query}
                </Text>
                <Text size="sm" c="dimmed" lineClamp={2} title={pair.positives.join("\n\n")}>
                  {pair.positives.join(" · ")}
                  {pair.negatives.length > 0 && `; not: ${pair.negatives.join(" · ")}`}
                </Text>
                <Text size="sm" c="dimmed" className="numbers">
                  {pair.judgedAt.slice(0, 10)}
                </Text>
              </>
            )
          );
        }}
      </LongList>
    </details>
  );
};
