export const mb = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
/** A row of a Markdown table. */
export const row = (...cells: (string | number)[]) => console.log(`| ${cells.join(" | ")} |`);
