import type { RunRecord } from "../../domain/run/types.ts";
import type { LiveRun } from "./reducer.ts";

/** What the tab that trains tells the others. */
export interface TurnNews {
  run: RunRecord;
  /** Without its curves: those are read from disk. */
  live: Omit<LiveRun, "series">;
}

/** One tab of a browser trains at a time: they share disk and GPU. The turn ends with the tab, whatever happens to it. */
export interface TrainingTurn {
  /** Resolves with what gives the turn back, or null while another tab has it. */
  take(): Promise<(() => void) | null>;
  /** Whether a tab has it now. */
  taken(): Promise<boolean>;
  /** Tells the other tabs how the run stands. */
  tell(news: TurnNews): void;
  /** What another tab tells; `null` when it has ended, however it ended. */
  hear(onNews: (news: TurnNews | null) => void): void;
}
