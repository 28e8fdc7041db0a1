/** The name in a `Host` header or a URL's host: without port and brackets, in lower case. */
export const hostName = (host: string): string =>
  host
    .replace(/:\d+$/, "")
    .replace(/^\[|\]$/g, "")
    .toLowerCase();
