import type { RankChange } from "../../domain/evaluation/index.ts";

/** `2 → 13`, `4`, `12 → beyond 100`. */
export const rankText = ({ before, after }: Pick<RankChange, "before" | "after">): string => {
  const name = (rank: number | null) => (rank === null ? "beyond 100" : String(rank));
  return before === after ? name(before) : `${name(before)} → ${name(after)}`;
};
