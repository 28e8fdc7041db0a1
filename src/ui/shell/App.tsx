import "@mantine/core/styles.css";
import "@mantine/dropzone/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "@fontsource-variable/ibm-plex-sans/index.css";
import "@fontsource/ibm-plex-mono/latin-400.css";
import "@fontsource/ibm-plex-mono/latin-500.css";
import "../theme/global.css";
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { createBrowserRouter, RouterProvider } from "react-router";
import { StoresContext, type Stores } from "../../app/stores.ts";
import { theme } from "../theme/theme.ts";
import { routes } from "./routes.tsx";

const router = createBrowserRouter(routes);

/** The page, given its stores. */
export const App = ({ stores }: { stores: Stores }) => (
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <StoresContext value={stores}>
      <Notifications position="bottom-right" />
      <RouterProvider router={router} />
    </StoresContext>
  </MantineProvider>
);
