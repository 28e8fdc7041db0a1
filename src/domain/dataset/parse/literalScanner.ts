/** What was met that JSON does not allow. */
export type Habit = "nan" | "trailing-comma" | "python" | "numpy" | "comment" | "bare-key" | "raw-line-break";

/** Why a text is no value. `cut`: it may become one when more text follows. */
export class LiteralFault extends Error {
  constructor(
    readonly at: number,
    readonly cut: boolean,
    reason: string,
  ) {
    super(reason);
  }
}

const BLANK = /[\s\ufeff]+/y;
const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y;

/** A place in a text, with what every reader of values needs there. White space and comments are stepped over. */
export class LiteralScanner {
  readonly habits = new Set<Habit>();

  constructor(
    readonly text: string,
    public at: number,
  ) {}

  /** The next character that counts; undefined at the end. */
  peek(): string | undefined {
    while (this.match(BLANK) !== null || this.comment());
    return this.text[this.at];
  }

  /** Takes a comma, if one is next. */
  comma(): boolean {
    if (this.peek() !== ",") return false;
    this.at++;
    return true;
  }

  /** Takes what a sticky pattern finds here. */
  match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? null;
    this.at += found?.length ?? 0;
    return found;
  }

  missing(what: string): LiteralFault {
    return this.at >= this.text.length
      ? new LiteralFault(this.at, true, `The record breaks off: a ${what} is missing at its end.`)
      : new LiteralFault(this.at, false, `A ${what} is missing before character ${this.at + 1}.`);
  }

  stray(): LiteralFault {
    return this.at >= this.text.length
      ? this.missing("value")
      : new LiteralFault(
          this.at,
          false,
          `At character ${this.at + 1} stands something that is no JSON (a text without quotation marks?).`,
        );
  }

  private comment(): boolean {
    if (this.text[this.at] !== "/" || this.match(COMMENT) === null) return false;
    this.habits.add("comment");
    return true;
  }
}
