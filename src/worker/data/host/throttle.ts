/** A page needs no more than this many progress reports a second. */
const REPORTS_PER_SECOND = 10;

/** Lets the first report through and then a few a second; the result itself tells the end. */
export const throttle = <T>(report: (progress: T) => void): ((progress: T) => void) => {
  let last = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - last < 1000 / REPORTS_PER_SECOND) return;
    last = now;
    report(progress);
  };
};
