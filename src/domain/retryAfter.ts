/** `Retry-After` in milliseconds: seconds, also with a fraction, or an HTTP date (RFC 9110 §10.2.3). */
export const retryAfter = (header: string | null, now = Date.now()): number | null => {
  if (header === null) return null;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
};
