import { inject } from "vitest";

declare module "vitest" {
  export interface ProvidedContext {
    longTests: boolean;
  }
}

/** Whether all is asked for (`npm run test:all`): also long rounds, and what only repeats another place's run. */
export const longTests = inject("longTests");
