/**
 * Prints what a script of package.json does, and ends it, where `--help` is asked for: before anything is installed or run.
 *
 * @param {string} text
 */
export const helpIfAsked = (text) => {
  if (!process.argv.slice(2).includes("--help")) return;
  console.log(text);
  process.exit(0);
};
