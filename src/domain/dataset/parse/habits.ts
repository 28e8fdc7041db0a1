import type { Habit } from "./literal.ts";

const WORDS: Record<Habit, [one: string, many: string]> = {
  nan: [
    "holds NaN or Infinity, which is no JSON; it counts as empty",
    "hold NaN or Infinity, which is no JSON; they count as empty",
  ],
  "trailing-comma": [
    "ends with a comma too many, which was overlooked",
    "end with a comma too many, which was overlooked",
  ],
  python: ["is written as Python prints it and was read so", "are written as Python prints them and were read so"],
  numpy: ["holds a list as numpy prints it", "hold lists as numpy prints them"],
  comment: ["holds a comment, which was overlooked", "hold comments, which were overlooked"],
  "bare-key": [
    "has names without quotation marks, which were read",
    "have names without quotation marks, which were read",
  ],
  "raw-line-break": [
    "holds a line break inside a text, which was kept",
    "hold line breaks inside a text, which were kept",
  ],
};

/** Counts what was read although JSON does not allow it, so that the person is told. */
export class Habits {
  private readonly counts = new Map<Habit, number>();

  add(habits: ReadonlySet<Habit>): void {
    for (const habit of habits) this.counts.set(habit, (this.counts.get(habit) ?? 0) + 1);
  }

  sentences(): string[] {
    return [...this.counts].map(([habit, count]) => {
      const [one, many] = WORDS[habit];
      return `${count.toLocaleString("en")} ${count === 1 ? `record ${one}` : `records ${many}`}.`;
    });
  }
}
