/** Lines that a file may have without a reason. */
const MOST = 300;
/** Lines of the median file of the product, tests left out. */
const MEDIAN = 80;
/** Beginning of the comment, within a file's first lines, that gives the reason. */
const REASON = /^(?:\/\/|\/?\*+) *Longer than 300 lines: \S/m;

/** A file by its path, with its text. */
export interface SourceFile {
  path: string;
  text: string;
}

const linesOf = (text: string): number => text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
const isTest = (path: string): boolean => /\.(test|journey)\.tsx?$/.test(path);

/** What is too long, each as a sentence that says what to do. */
export const oversized = (files: readonly SourceFile[]): string[] => {
  const sized = files.map(({ path, text }) => ({ path, text, lines: linesOf(text) }));
  const tooLong = sized
    .filter(({ lines, text }) => lines > MOST && !REASON.test(text.split("\n").slice(0, 12).join("\n")))
    .map(
      ({ path, lines }) =>
        `${path} has ${lines} lines. Part it by what its parts do, or begin it with "// Longer than ${MOST} lines: why".`,
    );
  const sizes = sized
    .filter(({ path }) => !isTest(path))
    .map(({ lines }) => lines)
    .sort((a, b) => a - b);
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0;
  return median > MEDIAN
    ? [...tooLong, `The median source file has ${median} lines, more than ${MEDIAN}: part the longer ones.`]
    : tooLong;
};
