import { Button, Group } from "@mantine/core";
import { Link, useLocation } from "react-router";

/** The ways in which pairs come to the studio. A new one adds its line here and its screen to `shell/routes.tsx`. */
const ENTRANCES: readonly { path: string; label: string }[] = [
  { path: "/data", label: "Pairs file" },
  { path: "/data/documents", label: "From documents" },
  { path: "/data/langfuse", label: "From Langfuse" },
  { path: "/data/use", label: "From use" },
];

/** The row of entrances at the head of every Data screen. */
export const Entrances = () => {
  const { pathname } = useLocation();
  return (
    <Group component="nav" aria-label="Where the pairs come from" gap={6}>
      {ENTRANCES.map(({ path, label }) => {
        const here = pathname === path;
        return (
          <Button
            key={path}
            component={Link}
            to={path}
            size="compact-md"
            variant={here ? "light" : "subtle"}
            aria-current={here ? "page" : undefined}
          >
            {label}
          </Button>
        );
      })}
    </Group>
  );
};
