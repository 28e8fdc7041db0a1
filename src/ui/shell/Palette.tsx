import { useMantineColorScheme } from "@mantine/core";
import { Spotlight, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconChartLine, IconDeviceDesktop, IconKeyboard, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { useMemo } from "react";
import { useNavigate } from "react-router";
import { useRuns } from "../../app/runs/hooks.ts";
import { SCREENS } from "./screens.ts";
import { usePaletteActions } from "./usePaletteActions.tsx";

/** Ctrl/⌘ K: what can be done, screens, runs and appearance by name. */
export const Palette = ({ onShortcuts }: { onShortcuts: () => void }) => {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const doing = usePaletteActions();
  const runs = useRuns((state) => state.runs);
  /** Only what the list shows, so that a live run's steps do not rebuild it. */
  const names = JSON.stringify(runs.slice(0, 50).map(({ id, name, status }) => ({ id, name, status })));
  const actions = useMemo<SpotlightActionGroupData[]>(() => {
    const listed = JSON.parse(names) as { id: string; name: string; status: string }[];
    return [
      { group: "Do", actions: doing },
      {
        group: "Screens",
        actions: SCREENS.map((screen) => ({
          id: screen.path,
          label: screen.title,
          description: screen.about,
          leftSection: <screen.icon size={20} stroke={1.6} />,
          onClick: () => void navigate(screen.path),
        })),
      },
      {
        group: "Runs",
        actions: listed.map((run) => ({
          id: run.id,
          label: run.name,
          description: run.status,
          leftSection: <IconChartLine size={20} stroke={1.6} />,
          onClick: () => void navigate(`/train?run=${run.id}`),
        })),
      },
      {
        group: "Page",
        actions: [
          {
            id: "light",
            label: "Light colors",
            leftSection: <IconSun size={20} stroke={1.6} />,
            onClick: () => setColorScheme("light"),
          },
          {
            id: "dark",
            label: "Dark colors",
            leftSection: <IconMoon size={20} stroke={1.6} />,
            onClick: () => setColorScheme("dark"),
          },
          {
            id: "auto",
            label: "The system's colors",
            leftSection: <IconDeviceDesktop size={20} stroke={1.6} />,
            onClick: () => setColorScheme("auto"),
          },
          {
            id: "keys",
            label: "Keyboard shortcuts",
            leftSection: <IconKeyboard size={20} stroke={1.6} />,
            onClick: onShortcuts,
          },
        ],
      },
    ];
  }, [names, doing, navigate, setColorScheme, onShortcuts]);
  return (
    <Spotlight
      actions={actions}
      shortcut={["mod + K"]}
      nothingFound="Nothing by that name"
      highlightQuery
      attributes={{ content: { "aria-label": "Palette" } }}
      scrollable
      maxHeight={420}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: "Find a screen, a run or an action",
        "aria-label": "Find a screen, a run or an action",
      }}
    />
  );
};
