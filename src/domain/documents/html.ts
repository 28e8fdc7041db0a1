import { convert, type DomNode, type FormatCallback } from "html-to-text";
import { decodeText } from "./plain.ts";
import type { Reader } from "./refusal.ts";

/** Where a browser looks for the declared encoding. */
const DECLARED_WITHIN = 4096;

/** `<meta charset="…">`, `<meta http-equiv="Content-Type" content="…; charset=…">` or `<?xml encoding="…"?>`. */
const declaredEncoding = (bytes: Uint8Array): string | null => {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, DECLARED_WITHIN));
  return (
    /<meta[^>]+charset\s*=\s*["']?\s*([\w:-]+)/i.exec(head)?.[1] ??
    /^\s*<\?xml[^>]+encoding\s*=\s*["']([\w:-]+)/i.exec(head)?.[1] ??
    null
  );
};

const BLOCKS = new Set([
  "p",
  "div",
  "ul",
  "ol",
  "dl",
  "table",
  "h1",
  "h2",
  "h3",
  "h4",
  "h5",
  "h6",
  "pre",
  "blockquote",
]);
const elements = (nodes: readonly DomNode[] = []): DomNode[] => nodes.filter(({ type }) => type === "tag");

/** A cell's content; a single paragraph around it is no reason for a line of its own. */
const contentOf = (cell: DomNode): DomNode[] => {
  const inside = elements(cell.children);
  const [only] = inside;
  return only && inside.length === 1 && ["p", "div"].includes(only.name ?? "")
    ? contentOf(only)
    : (cell.children ?? []);
};

/** A row is one line, its cells apart: `Crank arm | 40 Nm`. A cell that holds blocks, as in pages laid out by tables, stays a block. */
const cell: FormatCallback = (element, walk, builder) => {
  const content = contentOf(element);
  if (elements(content).some(({ name }) => BLOCKS.has(name ?? ""))) {
    builder.openBlock({ leadingLineBreaks: 1 });
    walk(content, builder);
    builder.closeBlock({ trailingLineBreaks: 1 });
    return;
  }
  const before = elements(element.parent?.children);
  if (before.indexOf(element) > 0) builder.addInline(" | ", { noWordTransform: true });
  walk(content, builder);
};

/** The words of an element, blanks as they are written in the text. */
const wordsOf = ({ data, children = [] }: DomNode): string =>
  (data ?? children.map(wordsOf).join("")).replace(/[ \t\r\n\f\u200b]+/g, " ");

/** A heading on lines of its own; its words are noted, so that a passage can name the heading that it stands under. */
const noting =
  (found: string[]): FormatCallback =>
  (element, walk, builder, { leadingLineBreaks = 2, trailingLineBreaks = 2 }) => {
    found.push(wordsOf(element).trim());
    builder.openBlock({ leadingLineBreaks });
    walk(element.children, builder);
    builder.closeBlock({ trailingLineBreaks });
  };

const headings = ["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, format: "heading" }));
const skipped = ["title", "img", "script", "style", "nav", "noscript"].map((selector) => ({
  selector,
  format: "skip",
}));
const line = { leadingLineBreaks: 1, trailingLineBreaks: 1 };
const tables = [
  { selector: "table", format: "block", options: { leadingLineBreaks: 2, trailingLineBreaks: 2 } },
  { selector: "caption", format: "block", options: line },
  { selector: "tr", format: "block", options: line },
  { selector: "td", format: "cell" },
  { selector: "th", format: "cell" },
];

/** HTML as text: what a reader sees, headings and rows on lines of their own. */
export const htmlToText = (html: string): { text: string; headings: string[] } => {
  const found: string[] = [];
  const text = convert(html, {
    wordwrap: false,
    limits: { maxInputLength: 16_000_000, maxDepth: 200 },
    formatters: { cell, heading: noting(found) },
    selectors: [...skipped, { selector: "a", options: { ignoreHref: true } }, ...headings, ...tables],
  });
  return { text, headings: found };
};

export const readHtml: Reader = async (bytes) => {
  const html = await decodeText(bytes, declaredEncoding(bytes));
  const title = /<title[^>]*>([^<]{0,500})<\/title>/i.exec(html.slice(0, 100_000))?.[1];
  return { title: title ? convert(title) : null, ...htmlToText(html) };
};
