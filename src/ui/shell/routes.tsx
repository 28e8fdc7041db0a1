import type { ComponentType } from "react";
import type { RouteObject } from "react-router";
import Compare from "../screens/compare/index.tsx";
import Data from "../screens/data/index.tsx";
import Use from "../screens/data/use/index.tsx";
import Langfuse from "../screens/data/langfuse/index.tsx";
import Inspect from "../screens/inspect/index.tsx";
import Models from "../screens/models/index.tsx";
import Opening from "../screens/opening/index.tsx";
import Playground from "../screens/playground/index.tsx";
import Questions from "../screens/questions/index.tsx";
import Train from "../screens/train/index.tsx";
import { RouteError } from "./RouteError.tsx";
import { Shell } from "./Shell.tsx";

/** All screens come with the page: one that is fetched when opened would be lost while the server is down. */
const screens: Record<string, ComponentType> = {
  data: Data,
  "data/documents": Questions,
  "data/langfuse": Langfuse,
  "data/use": Use,
  train: Train,
  compare: Compare,
  inspect: Inspect,
  models: Models,
  playground: Playground,
};

export const routes: RouteObject[] = [
  {
    path: "/",
    Component: Shell,
    ErrorBoundary: RouteError,
    children: [
      { index: true, Component: Opening, ErrorBoundary: RouteError },
      ...Object.entries(screens).map(([path, Component]) => ({ path, Component, ErrorBoundary: RouteError })),
      {
        path: "*",
        loader: () => {
          throw new Response(null, { status: 404 });
        },
        ErrorBoundary: RouteError,
        element: null,
      },
    ],
  },
];
