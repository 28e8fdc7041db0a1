import { MantineProvider } from "@mantine/core";
import type { ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { onTestFinished } from "vitest";
import { StoresContext, type Stores } from "../../app/stores.ts";
import { theme } from "../theme/theme.ts";

/** Draws a part of a screen over the stores that it reads, until the test ends. */
export const mount = (stores: Partial<Record<keyof Stores, unknown>>, part: ReactNode): void => {
  const host = document.body.appendChild(document.createElement("main"));
  const root = createRoot(host);
  onTestFinished(() => {
    root.unmount();
    host.remove();
  });
  root.render(
    <MantineProvider theme={theme}>
      <StoresContext value={stores as unknown as Stores}>{part}</StoresContext>
    </MantineProvider>,
  );
};
