import "@mantine/core/styles.css";
import "../../theme/global.css";
import { MantineProvider } from "@mantine/core";
import axe from "axe-core";
import { createRoot, type Root } from "react-dom/client";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { createStore } from "zustand/vanilla";
import { createComparisonStore } from "../../../app/comparison/store.ts";
import { createRunPlanStore, planned } from "../../../app/runs/planStore.ts";
import { createRunsStore } from "../../../app/runs/store.ts";
import { liveRun } from "../../../app/runs/reducer.ts";
import { StoresContext, type Stores } from "../../../app/stores.ts";
import { memoryContents } from "../../../app/testing/runs.ts";
import { sampleRun, sampleSeries } from "../../../app/testing/stores.ts";
import { compareAll } from "../../../domain/evaluation/index.ts";
import type { RetrievalEvaluation } from "../../../domain/evaluation/types.ts";
import { at } from "../../../domain/present.ts";
import type { RunRecord } from "../../../domain/run/types.ts";
import { mount } from "../../testing/mount.tsx";
import { theme } from "../../theme/theme.ts";
import TrainScreen from "./index.tsx";
import { Distillation, FalseNegatives } from "./setup/Teaching.tsx";

let root: Root;
let host: HTMLElement;
beforeEach(() => {
  host = document.body.appendChild(document.createElement("main"));
  root = createRoot(host);
});
afterEach(() => {
  root.unmount();
  host.remove();
});

/** The screen of one run over real stores; the engine and the disk are absent. */
const open = async (
  patch: Partial<RunRecord> = {},
  live: object = {},
  scheme: "light" | "dark" = "light",
  checkpoint: number | null = null,
) => {
  const whole = sampleRun();
  const run = { ...whole, ...patch };
  const saved: RunRecord[] = [];
  const runs = createRunsStore(
    { list: async () => [run], put: async (one) => void saved.push(one), remove: async () => undefined },
    async () => patch.status === "running",
  );
  await runs.getState().load();
  const { steps, dev } = sampleSeries(whole);
  const watched = [
    { query: 0, rank: null },
    { query: 1, rank: 40 },
  ];
  const after = [
    { query: 0, rank: 1 },
    { query: 1, rank: 12 },
  ];
  const series = { steps, dev: dev.map((score, i) => ({ ...score, watched: i === 0 ? watched : after })) };
  const { store: runContents } = memoryContents({ [run.id]: { contents: whole, series, corpus: whole.task.corpus } });
  const state = { live: null, elsewhere: null, newestCheckpoint: async () => checkpoint, ...live };
  const fixed = { getState: () => state, getInitialState: () => state, subscribe: () => () => undefined };
  const comparison = createComparisonStore({
    data: {
      compare: async (baseline: RetrievalEvaluation, tuned: RetrievalEvaluation) =>
        compareAll(baseline, tuned, { resamples: 200, permutations: 200 }),
    },
    downloads: { text: () => undefined },
  } as never);
  const stores = { runs, runContents, comparison, live: fixed } as unknown as Stores;
  const router = createMemoryRouter([{ path: "/train", Component: TrainScreen }], {
    initialEntries: [`/train?run=${run.id}`],
  });
  root.render(
    <MantineProvider theme={theme} forceColorScheme={scheme}>
      <StoresContext value={stores}>
        <RouterProvider router={router} />
      </StoresContext>
    </MantineProvider>,
  );
  return { run, saved };
};

const accessible = async () => {
  const { violations } = await axe.run(host, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
  expect(violations.map(({ id, nodes }) => `${id}: ${at(nodes, 0).html}`)).toEqual([]);
};

for (const scheme of ["light", "dark"] as const)
  test(`a finished run says its verdict in questions, names three, and is honest about BM25, in ${scheme}`, async () => {
    const { run } = await open({}, {}, scheme);
    await expect
      .element(page.getByText(/^\d+ more of 80 test questions now find their answer among the first ten\./))
      .toBeInTheDocument();
    const named = page.getByRole("list", { name: "Questions that now find their answer" });
    expect(named.element().querySelectorAll("li")).toHaveLength(3);
    const lexical = run.bm25!.metrics["recall@10"] > run.tuned!.metrics["recall@10"];
    await expect
      .element(page.getByText(lexical ? /^BM25, which only matches words, still finds more/ : /It finds .* BM25/))
      .toBeInTheDocument();
    await accessible();
  });

test("watched questions show where their answer came from and where it stands", async () => {
  const { run } = await open();
  const list = page.getByRole("list", { name: "Watched questions" });
  await expect.element(list).toBeInTheDocument();
  const [first, second] = list.element().querySelectorAll("li");
  expect(first?.textContent).toBe(`${at(run.task.queries, 0).text}not found →1`);
  expect(first?.querySelector("[data-found]")?.textContent).toBe("1");
  expect(second?.textContent).toContain("40 →12");
  expect(second?.querySelector("[data-found]")).toBeNull();
});

test("the curves that only a search for a cause needs come when asked for", async () => {
  await open();
  await expect.element(page.getByText("Similarity in the batch").first()).toBeVisible();
  expect(page.getByText("Embedding norm before normalization").query()).toBeNull();
  await page.getByRole("button", { name: /^More curves/ }).click();
  await expect.element(page.getByText("Embedding norm before normalization").first()).toBeVisible();
  await page.getByRole("button", { name: "Fewer curves" }).click();
  await expect.poll(() => page.getByText("Embedding norm before normalization").query()).toBeNull();
});

test("a run is renamed in place: Enter saves, Escape gives up", async () => {
  const { saved } = await open();
  await page.getByRole("button", { name: "Rename First run" }).click();
  await userEvent.keyboard("Help center{Enter}");
  await expect.element(page.getByRole("heading", { level: 1, name: "Help center" })).toBeInTheDocument();
  expect(saved.map(({ name }) => name)).toEqual(["Help center"]);
  await page.getByRole("button", { name: "Rename Help center" }).click();
  await userEvent.keyboard("Else{Escape}");
  await expect.element(page.getByRole("heading", { level: 1, name: "Help center" })).toBeInTheDocument();
  expect(saved).toHaveLength(1);
});

test("an interrupted run says what is saved, once, with the button that goes on", async () => {
  const broken: Partial<RunRecord> = {
    status: "interrupted",
    tuned: null,
    baseline: null,
    comparisons: [],
    artifact: null,
  };
  await open(broken, {}, "light", 24);
  await expect
    .element(page.getByText("This run was interrupted. Everything up to step 24 is saved."))
    .toBeInTheDocument();
  await expect.element(page.getByRole("button", { name: "Resume from step 24" })).toBeInTheDocument();
  expect(host.textContent.match(/interrupted/g)).toHaveLength(2); // the sentence, and what a screen reader is told
  await accessible();
});

test("the run that comes with the studio says that it is read-only, and has no controls", async () => {
  await open({ shipped: true });
  await expect.element(page.getByText(/comes with the studio.*read-only/)).toBeInTheDocument();
  await expect.element(page.getByRole("button", { name: /^(Rename|Resume|Start|Stop|Pause)/ })).not.toBeInTheDocument();
  await accessible();
});

test("before the first step a run can be stopped, and there is nothing to keep or to pause", async () => {
  let stops = 0;
  const live = { ...liveRun(sampleRun(), null), stage: "baseline" };
  const begun = { status: "running", tuned: null, baseline: null, artifact: null, plannedSeconds: 250 } as const;
  await open(begun, { live, stop: async () => (stops += 1) });
  await expect.element(page.getByText("about 4 min planned in all")).toBeInTheDocument();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  expect(stops).toBe(1);
  await expect.element(page.getByRole("button", { name: /Pause|keep/ })).not.toBeInTheDocument();
});

test("a run of another tab is shown as it goes on, without its controls", async () => {
  const run = sampleRun();
  const elsewhere = { ...liveRun(run, 20), stage: "train" };
  await open({ status: "running", tuned: null, artifact: null, comparisons: [] }, { elsewhere });
  await expect.element(page.getByText(/Another tab of this browser is training this run/)).toBeInTheDocument();
  await expect.element(page.getByText("Saved up to step 20")).toBeInTheDocument();
  await expect.element(page.getByRole("button", { name: "Pause" })).not.toBeInTheDocument();
  await accessible();
});

test("learning from a teacher is offered where the data has scores, and keeps what is typed", async () => {
  const newPlan = () => createRunPlanStore({ read: () => null, write: () => undefined });
  const plan = newPlan();
  const scored = (teacher?: string) => createStore(() => ({ current: { file: { dialect: { teacher } } } }));
  const rule = () => planned(plan.getState()).values;
  mount({ plan: newPlan(), datasets: scored() }, <Distillation />);
  mount(
    { plan, datasets: scored("positive_score") },
    <>
      <Distillation />
      <FalseNegatives />
    </>,
  );
  // Both of the second, and none of the first.
  await expect.poll(() => page.getByRole("switch").elements().length).toBe(2);
  const [teacher, near] = [page.getByRole("switch").nth(0), page.getByRole("switch").nth(1)];
  await teacher.click();
  await page.getByLabelText("Temperature").fill("0.5");
  await near.click();
  await page.getByText("Cosine").click();
  await expect.poll(rule).toMatchObject({
    distillation: { weight: 1, temperature: 0.5 },
    falseNegatives: { margin: 0.05, marginStrategy: "absolute" },
  });
  await teacher.click();
  await expect.poll(() => rule().distillation).toBeUndefined();
});
