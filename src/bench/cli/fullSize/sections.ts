/**
 * A Markdown page with one of its sections (`## title`) replaced, or put at its end where it is not there yet.
 * @param body  without its heading
 */
export const withSection = (page: string, title: string, body: string): string => {
  const parts = page.split(/^(?=## )/m).map((part) => part.trim());
  const section = `## ${title}\n\n${body.trim()}`;
  const place = parts.findIndex((part) => part.split("\n")[0] === `## ${title}`);
  if (place < 0) parts.push(section);
  else parts[place] = section;
  return `${parts.join("\n\n")}\n`;
};

/** A Markdown table. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? "---" : "---:")), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
