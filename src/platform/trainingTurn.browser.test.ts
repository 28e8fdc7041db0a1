import { expect, test, vi } from "vitest";
import type { TurnNews } from "../app/runs/turn.ts";
import { trainingTurn } from "./trainingTurn.ts";

test("one tab has the turn; the others hear how it goes on, and that it has ended", async () => {
  const [trains, watches] = [trainingTurn(), trainingTurn()];
  const heard: (TurnNews | null)[] = [];
  watches.hear((news) => heard.push(news));
  const release = await trains.take();
  expect(release).not.toBeNull();
  expect(await watches.take()).toBeNull();
  expect(await watches.taken()).toBe(true);
  const news = { run: { id: "run-1" }, live: { runId: "run-1" } } as TurnNews;
  trains.tell(news);
  trains.tell(news);
  await vi.waitFor(() => expect(heard).toEqual([news, news]));
  release?.();
  await vi.waitFor(() => expect(heard).toEqual([news, news, null]));
  const mine = await watches.take();
  expect(mine).not.toBeNull();
  mine?.();
});
