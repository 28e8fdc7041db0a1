import type { RunRecord } from "../../../../domain/run/types.ts";
import { points } from "../../../components/format.ts";

/** Change of recall@10 on the test queries in points, `+3.2`; null before both models were scored. */
export const gainOf = (run: RunRecord): string | null =>
  run.baseline && run.tuned ? points(run.tuned.metrics["recall@10"] - run.baseline.metrics["recall@10"]) : null;
