import "@mantine/core/styles.css";
import { expect, onTestFinished, test, vi } from "vitest";
import { page } from "vitest/browser";
import { createStore } from "zustand/vanilla";
import type { Problem } from "../../../domain/errors.ts";
import { mount } from "../../testing/mount.tsx";
import { Failure } from "./Failure.tsx";

test("a failure comes into view, and the next one takes its place where scrolling gives a promise", async () => {
  const scrolled = vi.spyOn(Element.prototype, "scrollIntoView");
  scrolled.mockReturnValue(Promise.resolve() as unknown as void);
  const problem = (message: string): Problem => ({ code: "endpoint-unreachable", message, hint: "Start it." });
  const questions = createStore<object>(() => ({
    view: null,
    problem: problem("It is down."),
    dismiss: () => undefined,
  }));
  onTestFinished(() => void vi.restoreAllMocks());
  mount({ questions }, <Failure />);
  await expect.element(page.getByText("It is down.")).toBeVisible();
  questions.setState({ problem: problem("It refused the key.") });
  await expect.element(page.getByText("It refused the key.")).toBeVisible();
  expect(scrolled).toHaveBeenCalledTimes(2);
});
