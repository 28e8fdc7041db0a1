const KEY = "recall-studio.server-token";

/** The token of a server that asks for one; kept for this tab only. */
export const serverToken = {
  read: (): string | null => sessionStorage.getItem(KEY),
  write: (token: string | null): void => (token ? sessionStorage.setItem(KEY, token) : sessionStorage.removeItem(KEY)),
};
