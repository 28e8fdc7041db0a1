import "@mantine/core/styles.css";
import "../theme/global.css";
import { MantineProvider } from "@mantine/core";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { page, userEvent } from "vitest/browser";
import { GLOSSARY } from "./glossary.ts";
import { Term } from "./Term.tsx";

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

test("a term is explained in one sentence, by keyboard as by mouse", async () => {
  root.render(
    <MantineProvider>
      <Term of="p-value" />
    </MantineProvider>,
  );
  const ask = page.getByRole("button", { name: "What is p-value?" });
  await expect.element(ask).toBeInTheDocument();
  await userEvent.keyboard("{Tab}");
  await expect.element(page.getByRole("tooltip")).toHaveTextContent(GLOSSARY["p-value"]);
  await expect.element(ask).toHaveAccessibleDescription(GLOSSARY["p-value"]);
  (ask.element() as HTMLElement).blur();
  await expect.element(page.getByRole("tooltip")).not.toBeInTheDocument();
  await userEvent.hover(ask);
  await expect.element(page.getByRole("tooltip")).toHaveTextContent(GLOSSARY["p-value"]);
});

test("every explanation is one sentence", () => {
  for (const sentence of Object.values(GLOSSARY)) expect(sentence).toMatch(/^[A-Z][^.]*\.(?:05[^.]*\.)?$/);
});
