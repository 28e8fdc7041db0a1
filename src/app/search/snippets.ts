/** The snippets, for screens: these do not import workflows. */
export { curlOf, fetchOf, pythonOf, shownRequest } from "./search.ts";
