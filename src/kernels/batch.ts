import { StudioError } from "../domain/errors.ts";

/** Where everything lies in a packed batch; all arrays are per token or per segment. */
export interface BatchLayout {
  tokens: number;
  segments: number;
  maxLength: number;
  ids: Int32Array;
  /** Position inside the segment. */
  positions: Int32Array;
  /** First token of the token's own segment. */
  starts: Int32Array;
  /** One past the last token of the token's own segment. */
  ends: Int32Array;
  /** Number of the token's own segment. */
  segmentOf: Int32Array;
  /** Start of every segment, then the number of tokens. */
  offsets: Int32Array;
  /** Last token of every segment. */
  last: Int32Array;
}

/** Lays sequences end to end. @throws StudioError `batch-empty`, `sequence-empty`, `batch-too-large` */
export const layOut = (sequences: readonly ArrayLike<number>[], capacity: number): BatchLayout => {
  const tokens = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
  if (sequences.length === 0)
    throw new StudioError(
      "batch-empty",
      "A batch holds no sequences.",
      "This is a defect in the studio. Reload the page and try again.",
    );
  if (sequences.some((sequence) => sequence.length === 0))
    throw new StudioError(
      "sequence-empty",
      "A sequence holds no tokens, not even the end token.",
      "Check that the tokenizer of the model appends its end token.",
    );
  if (tokens > capacity)
    throw new StudioError(
      "batch-too-large",
      `A batch of ${tokens} tokens does not fit a capacity of ${capacity}.`,
      "Lower the chunk size or the longest text in tokens.",
    );
  const layout: BatchLayout = {
    tokens,
    segments: sequences.length,
    maxLength: Math.max(...sequences.map((sequence) => sequence.length)),
    ids: new Int32Array(tokens),
    positions: new Int32Array(tokens),
    starts: new Int32Array(tokens),
    ends: new Int32Array(tokens),
    segmentOf: new Int32Array(tokens),
    offsets: new Int32Array(sequences.length + 1),
    last: new Int32Array(sequences.length),
  };
  let start = 0;
  sequences.forEach((sequence, segment) => {
    const end = start + sequence.length;
    layout.ids.set(sequence, start);
    for (let i = 0; i < sequence.length; i++) layout.positions[start + i] = i;
    layout.starts.fill(start, start, end);
    layout.ends.fill(end, start, end);
    layout.segmentOf.fill(segment, start, end);
    layout.offsets[segment + 1] = end;
    layout.last[segment] = end - 1;
    start = end;
  });
  return layout;
};
