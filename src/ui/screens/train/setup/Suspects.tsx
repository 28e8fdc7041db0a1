import { at } from "../../../../domain/present.ts";
import { Button, Group, Text } from "@mantine/core";
import type { MinedView } from "../../../../app/datasets/store.ts";
import { useMining } from "../../../../app/datasets/hooks.ts";
import { counted } from "../../../components/format.ts";
import { LongList } from "../../../components/LongList.tsx";
import classes from "./setup.module.css";

const HEIGHT = 116;

/** What the margin set aside, for the person to decide; undecided texts are neither right nor wrong. */
export const Suspects = ({ mined }: { mined: MinedView }) => {
  const judge = useMining((state) => state.judge);
  const { suspects, suspected } = mined;
  const decided = suspects.filter(({ verdict }) => verdict !== null).length;
  return (
    <div>
      <Text fw={550}>Suspected to be right</Text>
      <Text size="sm" c="dimmed" mb="xs">
        {counted(suspected, "document")} {suspected === 1 ? "is" : "are"} as close to a query as its right document
        {suspected > suspects.length && `; the closest ${suspects.length} are listed`}. {decided} decided; the others
        count as neither.
      </Text>
      <LongList
        label="Suspected to be right"
        count={suspects.length}
        rowHeight={HEIGHT}
        maxHeight={3.5 * HEIGHT}
        columns="minmax(0, 1fr) auto"
      >
        {(index) => {
          const suspect = at(suspects, index);
          const { texts, score, rightScore, verdict } = suspect;
          return (
            <>
              <div className={classes.suspectTexts}>
                <Text size="sm" fw={550} lineClamp={1}>
                  {texts.query}
                </Text>
                <Text size="sm" lineClamp={2} title={texts.document}>
                  <span className="numbers">{score.toFixed(3)}</span> {texts.document}
                </Text>
                <Text size="sm" c="dimmed" lineClamp={1} title={texts.right}>
                  <span className="numbers">{rightScore.toFixed(3)}</span> marked right: {texts.right}
                </Text>
              </div>
              <Group gap={6} wrap="nowrap">
                <Button
                  size="xs"
                  variant={verdict === "relevant" ? "filled" : "default"}
                  aria-pressed={verdict === "relevant"}
                  onClick={() => judge(suspect, "relevant")}
                >
                  Right
                </Button>
                <Button
                  size="xs"
                  color="brick"
                  variant={verdict === "negative" ? "filled" : "default"}
                  aria-pressed={verdict === "negative"}
                  onClick={() => judge(suspect, "negative")}
                >
                  Wrong
                </Button>
              </Group>
            </>
          );
        }}
      </LongList>
    </div>
  );
};
