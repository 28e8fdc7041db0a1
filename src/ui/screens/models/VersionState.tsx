import { Badge } from "@mantine/core";
import type { ModelVersion } from "../../../domain/api/index.ts";

const COLORS: Record<ModelVersion["state"], string> = {
  production: "spruce",
  previous: "gray",
  candidate: "ochre",
  archived: "gray",
  damaged: "brick",
};

/** What a version is at the moment. */
export const VersionState = ({ state }: { state: ModelVersion["state"] }) => (
  <Badge variant={state === "production" ? "filled" : "light"} color={COLORS[state]} tt="none" miw="max-content">
    {state}
  </Badge>
);
