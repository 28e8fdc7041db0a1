import { GENERAL_SET, generalSetMissing } from "../domain/retention/index.ts";

/** The file of the general set, as the server hands it out with the page. @throws StudioError `general-set-damaged` without it */
export const generalSet = async (): Promise<Uint8Array> => {
  const response = await fetch(`/${GENERAL_SET.path}`).catch(() => null);
  if (!response?.ok) throw generalSetMissing();
  return new Uint8Array(await response.arrayBuffer());
};
