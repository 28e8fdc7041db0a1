import { expect, test } from "vitest";
import { planned, createRunPlanStore } from "../../../../app/runs/planStore.ts";
import { impossible, matryoshkaDims } from "./fields.ts";

test("dimensions that are none are named, not dropped without a word", () => {
  expect(matryoshkaDims(["7", "cat", "999", "64", "64", "1.5", "-3"], 128)).toEqual({
    dims: [64, 7],
    refused: ["cat", "999", "1.5", "-3"],
  });
  expect(matryoshkaDims([], 128)).toEqual({ dims: [], refused: [] });
});

test("an emptied field is no number and holds the run back; after a reload the preset's value is there again", () => {
  const stored = new Map<string, string>();
  const storage = {
    read: (key: string) => stored.get(key) ?? null,
    write: (key: string, value: string) => void stored.set(key, value),
  };
  const store = createRunPlanStore(storage);
  store.getState().change("learningRate", NaN);
  store.getState().change("epochs", -3);
  expect(impossible(planned(store.getState()).values)).toEqual(["Epochs", "Learning rate"]);
  const reloaded = planned(createRunPlanStore(storage).getState());
  expect(reloaded.values.learningRate).toBe(reloaded.preset.learningRate);
  expect(reloaded.values.epochs).toBe(-3);
});
