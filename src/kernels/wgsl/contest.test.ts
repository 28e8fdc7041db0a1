import { afterEach, expect, it, vi } from "vitest";
import { fastest } from "./contest.ts";

/** A device whose work takes what the clock is set forward by. */
let clock = 0;
afterEach(() => vi.restoreAllMocks());

const contest = async (takes: Record<string, (turn: number) => number>, runs = 1) => {
  vi.spyOn(performance, "now").mockImplementation(() => clock);
  const [turns, disposed]: [string[], string[]] = [[], []];
  const problem = (form: string) => ({
    run: () => {
      clock += takes[form]!(turns.filter((turn) => turn === form).length);
      turns.push(form);
      return [];
    },
    dispose: () => void disposed.push(form),
  });
  const finish = () => Promise.resolve();
  const winner = await fastest({ finish }, { forms: Object.keys(takes), problems: [problem], runs });
  return { winner, turns, disposed };
};

it("lets forms take turns and takes the one with the best round, compiling left out", async () => {
  const { winner, turns, disposed } = await contest({
    steady: () => 10,
    // The slowest to compile and the fastest once the card is awake.
    late: (turn) => [500, 20, 15, 9][turn]!,
    never: (turn) => (turn === 0 ? 1 : 11),
  });
  expect(winner).toBe("late");
  expect(turns).toEqual(Array.from({ length: 4 }, () => ["steady", "late", "never"]).flat());
  expect(disposed).toEqual(["steady", "late", "never"]);
});

it("gives a form that is far behind no further turn", async () => {
  const { winner, turns } = await contest({ fast: () => 10, hopeless: () => 31, slow: () => 30 }, 2);
  expect(winner).toBe("fast");
  expect(turns.filter((turn) => turn === "hopeless")).toHaveLength(3); // compiled, and two runs of one round
  expect(turns.filter((turn) => turn === "slow")).toHaveLength(7);
});

it("times no form that has no rival", async () => {
  expect(await contest({ only: () => 1 })).toEqual({ winner: "only", turns: [], disposed: [] });
});
