import { Badge } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconEqual } from "@tabler/icons-react";
import { isUnchanged, VERDICT_WORDS } from "../../../domain/evaluation/index.ts";
import type { Comparison } from "../../../domain/evaluation/types.ts";

const VERDICTS = {
  improved: { color: "spruce", icon: IconArrowUpRight, word: VERDICT_WORDS.improved },
  regressed: { color: "brick", icon: IconArrowDownRight, word: VERDICT_WORDS.regressed },
  inconclusive: { color: "gray", icon: IconEqual, word: VERDICT_WORDS.inconclusive },
};
const UNCHANGED = { color: "gray", icon: IconEqual, word: "no change" };

/** What a comparison says, in a word. */
export const VerdictBadge = ({ comparison }: { comparison: Comparison }) => {
  const { color, icon: Icon, word } = isUnchanged(comparison) ? UNCHANGED : VERDICTS[comparison.verdict];
  return (
    <Badge variant="light" color={color} leftSection={<Icon size={12} aria-hidden />} tt="none" miw="max-content">
      {word}
    </Badge>
  );
};
