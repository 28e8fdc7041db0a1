/**
 * What a measuring process says to the one that started it: one JSON object a line on its standard output, after a mark.
 * Everything else that it prints is log. `compare_torch.py` speaks the same.
 */
export type Message = { begin: string } | { item: string; result: unknown } | { item: string; error: string };

const MARK = "@@ ";

export const encode = (message: Message): string => `${MARK}${JSON.stringify(message)}\n`;

/** The message of a line; null for a line of log. */
export const decode = (line: string): Message | null => {
  if (!line.startsWith(MARK)) return null;
  try {
    return JSON.parse(line.slice(MARK.length)) as Message;
  } catch {
    return null; // a line that was cut when its process was ended
  }
};
