/** Builds the page into dist/ unless dist/ is newer than everything it is made from. */
export function buildPage(): void;
