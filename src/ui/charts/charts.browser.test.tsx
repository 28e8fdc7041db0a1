import { at, present } from "../../domain/present.ts";
import "@mantine/core/styles.css";
import { MantineProvider } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { page, userEvent } from "vitest/browser";
import { fit } from "./lasso.ts";
import { Histogram, LineSeriesChart, RecallAtKChart, ScatterProjection } from "./index.ts";

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
const show = (children: ReactNode) =>
  root.render(<MantineProvider forceColorScheme="light">{children}</MantineProvider>);

const walk = Array.from({ length: 5000 }, (_, x) => ({ x, y: x === 3210 ? 9 : 2 - x / 5000 }));

test("a long line draws at most 800 points, keeps its spike, and has a table twin and a sentence", async () => {
  show(
    <LineSeriesChart
      title="Loss"
      xLabel="step"
      series={[{ id: "loss", label: "Loss", look: "tuned", points: walk }]}
      baseline={{ label: "Baseline", value: 1.5 }}
    />,
  );
  await vi.waitFor(() => expect(host.querySelector(".recharts-line-curve")).not.toBeNull());
  const path = host.querySelector(".recharts-line-curve")!.getAttribute("d")!;
  const heights = [...path.matchAll(/[ML,](?:[\d.]+),([\d.]+)/g)].map((match) => Number(match[1]));
  expect(heights.length).toBeGreaterThan(400);
  expect(heights.length).toBeLessThanOrEqual(800);
  const [spike, next] = heights.toSorted((a, b) => a - b) as [number, number];
  expect(next - spike).toBeGreaterThan(60);
  await expect
    .element(page.getByRole("figure", { name: "Loss" }))
    .toHaveAccessibleDescription(/^Loss: 1 at step 4999, down from 2 at step 0; baseline is 1.5\.$/);
  await page.getByRole("button", { name: "View Loss as table" }).click();
  await expect.element(page.getByRole("cell", { name: "3,210" })).toBeInTheDocument();
});

test("recall@k shows an interval for each model and every figure in its table", async () => {
  const values = (base: number) =>
    [1, 3, 5, 10].map((k, index) => ({
      k,
      value: base + index / 20,
      interval: [base + index / 20 - 0.03, base + index / 20 + 0.04] as const,
    }));
  show(
    <RecallAtKChart
      models={[
        { id: "b", label: "Baseline", look: "baseline", values: values(0.4) },
        { id: "t", label: "Tuned", look: "tuned", values: values(0.5) },
      ]}
    />,
  );
  await vi.waitFor(() => expect(host.querySelectorAll(".recharts-errorBar")).toHaveLength(8));
  await page.getByText("Bars", { exact: true }).click();
  await vi.waitFor(() => expect(host.querySelectorAll(".recharts-bar-rectangle")).toHaveLength(8));
  expect(host.querySelectorAll(".recharts-errorBar")).toHaveLength(8);
  await page.getByRole("button", { name: "View Recall@k as table" }).click();
  await expect.element(page.getByRole("cell", { name: "62.0 % to 69.0 %" })).toBeInTheDocument();
});

test("a chart tells its figures under the mouse, and by the arrow keys", async () => {
  const points = [0, 10, 20].map((x) => ({ x, y: 0.4 + x / 100 }));
  show(
    <div style={{ width: 500 }}>
      <LineSeriesChart
        title="Recall@10"
        xLabel="step"
        series={[{ id: "recall", label: "Tuned", look: "tuned", points }]}
        format={(value) => `${(100 * value).toFixed(1)} %`}
      />
    </div>,
  );
  await vi.waitFor(() => expect(host.querySelector(".recharts-line-curve")).not.toBeNull());
  const told = () => host.querySelector(".recharts-tooltip-wrapper")?.textContent ?? "";
  const surface = present(
    host.querySelector<SVGElement>("svg.recharts-surface[tabindex]"),
    "chart that takes the focus",
  );
  await userEvent.hover(surface);
  await vi.waitFor(() => expect(told()).toBe("step 10Tuned50.0 %"));
  await userEvent.unhover(surface);
  await vi.waitFor(() => expect(told()).toBe(""));
  surface.focus();
  await userEvent.keyboard("{ArrowRight}");
  await vi.waitFor(() => expect(told()).toMatch(/^step \d+Tuned\d+\.\d %$/));
  const before = told();
  await userEvent.keyboard("{ArrowRight}");
  await vi.waitFor(() => expect(told()).not.toBe(before));
});

test("a map tells the point under the mouse, and walks its points by the arrow keys", async () => {
  const points = [0, 1, 2, 3].map((id) => ({
    id,
    x: id % 2,
    y: Math.floor(id / 2),
    group: "Queries",
    text: `text ${id}`,
  }));
  const chosen: number[][] = [];
  show(
    <div style={{ width: 300 }}>
      <ScatterProjection
        title="Tuned"
        points={points}
        groups={[{ name: "Queries", look: "tuned" }]}
        selected={new Set()}
        onSelect={(ids) => chosen.push([...ids])}
        height={200}
      />
    </div>,
  );
  const canvas = page.getByRole("img", { name: /4 queries\. Approximate/ });
  await vi.waitFor(() => expect(canvas.element().getBoundingClientRect().width).toBeGreaterThan(100));
  const { left, top, width } = canvas.element().getBoundingClientRect();
  const over = (x: number, y: number) =>
    canvas
      .element()
      .dispatchEvent(new PointerEvent("pointermove", { clientX: left + x, clientY: top + y, bubbles: true }));
  expect(host.textContent).not.toMatch(/text \d/);
  const place = at(fit(points, width, 200), 2);
  // Its size reaches the picture a frame later.
  await vi.waitFor(() => {
    over(place.x + 3, place.y - 3);
    expect(host.textContent).toMatch(/text 2/);
  });
  canvas.element().dispatchEvent(new PointerEvent("pointerout", { bubbles: true, relatedTarget: document.body }));
  await vi.waitFor(() => expect(host.textContent).not.toMatch(/text \d/));
  (canvas.element() as HTMLElement).focus();
  const seen = new Set<string>();
  for (let i = 0; i < 4; i += 1) {
    await userEvent.keyboard("{ArrowRight}");
    await vi.waitFor(() => expect(host.textContent).toMatch(/text \d/));
    seen.add(/text \d/.exec(host.textContent)?.[0] ?? "");
  }
  expect(seen.size).toBeGreaterThanOrEqual(3);
  await userEvent.keyboard("{Enter}");
  await vi.waitFor(() => expect(chosen).toHaveLength(1));
});

test("the picture is a PNG with the chart in it", async () => {
  show(
    <Histogram
      title="Token lengths"
      unit="tokens"
      counts="documents"
      values={[3, 20, 40, 41, 90, 300]}
      mark={{ label: "maximum", value: 256 }}
    />,
  );
  await expect.element(page.getByRole("figure")).toHaveAccessibleDescription(/1 is above maximum \(256\)/);
  const made = vi.spyOn(URL, "createObjectURL");
  await page.getByRole("button", { name: "Save Token lengths as PNG" }).click();
  await vi.waitFor(() => expect((at(made.mock.calls, -1)[0] as Blob).type).toBe("image/png"));
  const picture = await createImageBitmap(at(made.mock.calls, -1)[0] as Blob);
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d")!;
  canvas.drawImage(picture, 0, 0);
  const { data } = canvas.getImageData(0, 0, picture.width, picture.height);
  let tuned = 0;
  for (let at = 0; at < data.length; at += 4)
    if (data[at] === 0x1b && data[at + 1] === 0x6b && data[at + 2] === 0x5d) tuned++;
  expect(tuned).toBeGreaterThan(1000);
  made.mockRestore();
});

test("a lasso over a projection selects what it encloses, Escape clears it", async () => {
  const points = [0, 1, 2, 3].map((id) => ({ id, x: id % 2, y: Math.floor(id / 2), group: "Queries", text: `q${id}` }));
  const seen: number[][] = [];
  function Linked() {
    const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
    return (
      <ScatterProjection
        title="Tuned"
        points={points}
        groups={[{ name: "Queries", look: "tuned" }]}
        selected={selected}
        onSelect={(ids) => {
          seen.push([...ids]);
          setSelected(ids);
        }}
        height={200}
      />
    );
  }
  show(
    <div style={{ width: 200 }}>
      <Linked />
    </div>,
  );
  const canvas = page.getByRole("img", { name: /4 queries\. Approximate/ });
  await expect.element(canvas).toBeInTheDocument();
  const element = canvas.element();
  await vi.waitFor(() => expect(element.getBoundingClientRect().width).toBeGreaterThan(100));
  const { left, top } = element.getBoundingClientRect();
  const at = (type: string, x: number, y: number) =>
    element.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: left + x, clientY: top + y, bubbles: true }));
  element.setPointerCapture = () => undefined;
  at("pointerdown", 1, 1);
  for (const [x, y] of [
    [199, 1],
    [199, 60],
    [1, 60],
  ] as const) {
    await new Promise(requestAnimationFrame);
    at("pointermove", x, y);
  }
  await new Promise(requestAnimationFrame);
  at("pointerup", 1, 60);
  await vi.waitFor(() => expect(seen).toEqual([[2, 3]]));
  (element as HTMLElement).focus();
  await userEvent.keyboard("{Escape}");
  expect(seen.at(-1)).toEqual([]);
});
