import type { TrainingTurn, TurnNews } from "../app/runs/turn.ts";

const NAME = "recall-studio.training";

/** The turn to train as a Web Lock, and what is told of it over a broadcast channel of the same name. */
export const trainingTurn = (): TrainingTurn => {
  const channel = new BroadcastChannel(NAME);
  return {
    take: () =>
      new Promise((resolve, reject) => {
        navigator.locks
          .request(NAME, { ifAvailable: true }, (lock) =>
            lock === null ? resolve(null) : new Promise<void>((release) => resolve(release)),
          )
          .catch(reject);
      }),
    taken: async () => (await navigator.locks.query()).held?.some(({ name }) => name === NAME) ?? false,
    tell: (news) => channel.postMessage(news),
    hear(onNews) {
      let waiting = false;
      channel.onmessage = ({ data }: MessageEvent<TurnNews>) => {
        onNews(data);
        if (waiting) return;
        waiting = true;
        // The shared request is granted as soon as the tab that trains gives its turn back, or is gone.
        void navigator.locks
          .request(NAME, { mode: "shared" }, () => undefined)
          .finally(() => {
            waiting = false;
            onNews(null);
          });
      };
    },
  };
};
