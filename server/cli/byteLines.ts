import { byteAdvice, type ByteCurve, byteNotes, millionPassages } from "../../src/domain/evaluation/index.ts";

const percent = (share: number): string => (100 * share).toFixed(2);
const signed = (share: number): string => `${share < 0 ? "" : "+"}${percent(share)}`;

/** Wide enough for "122 MiB + 1.9 GiB on disk". */
const MILLION = 28;

/** What smaller embeddings find, as a table; then the smallest that is worth it, and what to know of the figures. */
export const byteLines = (curve: ByteCurve): string[] => [
  `${"form".padEnd(9)}${"dim".padStart(6)}${"bytes".padStart(8)}${"1M passages".padStart(MILLION)}${"recall@10".padStart(11)}  95 % interval   change  95 % interval`,
  ...curve.rows.map(({ form, dim, bytes, beside, recall, interval, delta, deltaInterval }) =>
    [
      form.padEnd(9),
      String(dim).padStart(6),
      String(bytes).padStart(8),
      millionPassages({ bytes, beside }).padStart(MILLION),
      percent(recall).padStart(11),
      `  [${interval.map(percent).join(", ")}]`,
      delta === null || deltaInterval === null ? "" : `  ${signed(delta)}  [${deltaInterval.map(signed).join(", ")}]`,
    ].join(""),
  ),
  byteAdvice(curve),
  ...byteNotes(curve),
];
