/** A name as a file or a folder may be called everywhere; `otherwise` where nothing is left of it. */
export const fileName = (name: string, otherwise: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "") || otherwise;
