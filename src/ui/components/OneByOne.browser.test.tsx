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

test("of several, one inside another, no two parts are drawn at once, and one that is taken away lets the others go on", async () => {
  const host = document.body.appendChild(document.createElement("div"));
  const seen: string[] = [];
  new MutationObserver(() => seen.push(host.textContent ?? "")).observe(host, { childList: true, subtree: true });
  const root = createRoot(host);
  const draw = (first: boolean) =>
    root.render(
      <>
        {first && (
          <OneByOne>
            <OneByOne>
              <p>a</p>
              <p>b</p>
            </OneByOne>
            <p>c</p>
          </OneByOne>
        )}
        <OneByOne>
          <p>1</p>
          <p>2</p>
          <p>3</p>
        </OneByOne>
      </>,
    );
  draw(true);
  await expect.poll(() => host.textContent).toBe("abc123");
  const added = seen.map((text, index) => text.length - (seen[index - 1]?.length ?? 2));
  expect(added.slice(1)).toEqual([1, 1, 1, 1]);
  root.render(null);
  await expect.poll(() => host.textContent).toBe("");
  draw(true);
  await expect.poll(() => host.textContent).not.toBe("");
  draw(false);
  await expect.poll(() => host.textContent).toBe("123");
  root.unmount();
});
