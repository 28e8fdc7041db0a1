import {
  IconBox,
  IconChartHistogram,
  IconDatabase,
  IconListSearch,
  IconMessageSearch,
  IconRoute,
  type Icon,
} from "@tabler/icons-react";

/** The six screens in the order of the work. */
export interface ScreenEntry {
  path: string;
  title: string;
  /** One line for the palette. */
  about: string;
  icon: Icon;
  stage: "Tune" | "Judge" | "Use";
}

export const SCREENS: readonly ScreenEntry[] = [
  { path: "/data", title: "Data", about: "Drop pairs, read the report, split them", icon: IconDatabase, stage: "Tune" },
  { path: "/train", title: "Train", about: "Fine-tune on this computer's GPU", icon: IconRoute, stage: "Tune" },
  {
    path: "/compare",
    title: "Compare",
    about: "Recall of baseline and tuned, with intervals",
    icon: IconChartHistogram,
    stage: "Judge",
  },
  {
    path: "/inspect",
    title: "Inspect",
    about: "Queries that got better and worse",
    icon: IconListSearch,
    stage: "Judge",
  },
  { path: "/models", title: "Models", about: "Versions, promotion and roll back", icon: IconBox, stage: "Use" },
  {
    path: "/playground",
    title: "Playground",
    about: "Ingest documents and search them",
    icon: IconMessageSearch,
    stage: "Use",
  },
];

export const screenOf = (pathname: string): ScreenEntry | undefined =>
  SCREENS.find(({ path }) => pathname === path || pathname.startsWith(`${path}/`));
