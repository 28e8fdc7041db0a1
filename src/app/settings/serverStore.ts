import { createStore, type StoreApi } from "zustand/vanilla";
import type { ServerProbe, ServerStatus } from "../settings/ports.ts";

/** What the top bar says about the server. */
export interface ServerState {
  /** Null until the first answer. */
  status: ServerStatus | null;
  /** Asks again now, for instance after a promotion. */
  refresh(): Promise<void>;
}
export type ServerStore = StoreApi<ServerState>;

export const createServerStore = (probe: ServerProbe): ServerStore => {
  let asked = new AbortController();
  return createStore<ServerState>((set) => ({
    status: null,
    async refresh() {
      asked.abort();
      const mine = new AbortController();
      asked = mine;
      const status = await probe.status(mine.signal);
      if (!mine.signal.aborted) set({ status });
    },
  }));
};
