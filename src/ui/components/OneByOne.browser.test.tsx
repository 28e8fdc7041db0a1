import { createRoot } from "react-dom/client";
import { expect, test } from "vitest";
import { OneByOne } from "./OneByOne.tsx";

test("every part is drawn in a pass of its own, and those that come later find their place", async () => {
  const host = document.body.appendChild(document.createElement("div"));
  const seen = new Set<string>();
  new MutationObserver(() => seen.add(host.textContent ?? "")).observe(host, { childList: true, subtree: true });
  const root = createRoot(host);
  const draw = (more: boolean) =>
    root.render(
      <OneByOne>
        <p>a</p>
        {more && <p>b</p>}
        <p>c</p>
        <p>d</p>
      </OneByOne>,
    );
  draw(false);
  await expect.poll(() => host.textContent).toBe("acd");
  expect([...seen]).toEqual(["a", "ac", "acd"]);
  const last = host.lastElementChild;
  draw(true);
  await expect.poll(() => host.textContent).toBe("abcd");
  root.unmount();
  expect(last?.textContent).toBe("d");
});
