import { Center, Loader } from "@mantine/core";
import type { ComponentType } from "react";
import { Navigate, type RouteObject } from "react-router";
import { RouteError } from "./RouteError.tsx";
import { Shell } from "./Shell.tsx";

/** A screen's code is fetched when the screen is first opened. */
const lazily = (load: () => Promise<{ default: ComponentType }>) => async () => ({ Component: (await load()).default });

const screens: Record<string, () => Promise<{ default: ComponentType }>> = {
  data: () => import("../screens/data/index.tsx"),
  train: () => import("../screens/train/index.tsx"),
  compare: () => import("../screens/compare/index.tsx"),
  inspect: () => import("../screens/inspect/index.tsx"),
  models: () => import("../screens/models/index.tsx"),
  playground: () => import("../screens/playground/index.tsx"),
};

export const routes: RouteObject[] = [
  {
    path: "/",
    Component: Shell,
    ErrorBoundary: RouteError,
    HydrateFallback: () => (
      <Center mih="100vh">
        <Loader role="status" aria-label="Loading the studio" />
      </Center>
    ),
    children: [
      { index: true, element: <Navigate to="/data" replace /> },
      ...Object.entries(screens).map(([path, load]) => ({ path, lazy: lazily(load), ErrorBoundary: RouteError })),
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
