import { ActionIcon, Burger, Kbd, Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useOs } from "@mantine/hooks";
import { spotlight } from "@mantine/spotlight";
import { IconKeyboard, IconMoon, IconSearch, IconSun } from "@tabler/icons-react";
import { DeviceChip } from "./DeviceChip.tsx";
import { RunChip } from "./RunChip.tsx";
import { ServerChips } from "./ServerChips.tsx";
import classes from "./shell.module.css";

/** Always in view: the GPU, the run, the production model, the server and Langfuse. */
export const TopBar = (props: { railOpen: boolean; onRail: () => void; onShortcuts: () => void }) => {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const other = scheme === "dark" ? "light" : "dark";
  const mac = useOs() === "macos";
  return (
    <div className={classes.bar}>
      <Burger hiddenFrom="sm" size="sm" opened={props.railOpen} onClick={props.onRail} aria-label="Show the screens" />
      <div className={classes.chips}>
        <DeviceChip />
        <RunChip />
        <ServerChips />
      </div>
      <button type="button" className={classes.search} onClick={spotlight.open} aria-label="Open the palette">
        <IconSearch size={15} aria-hidden />
        <Kbd size="xs" visibleFrom="sm">
          {mac ? "⌘" : "Ctrl"} K
        </Kbd>
      </button>
      <Tooltip label="Keyboard shortcuts">
        <ActionIcon
          visibleFrom="sm"
          variant="subtle"
          color="gray"
          size="lg"
          onClick={props.onShortcuts}
          aria-label="Keyboard shortcuts"
        >
          <IconKeyboard size={19} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={`Switch to ${other}`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          onClick={() => setColorScheme(other)}
          aria-label={`Switch to ${other} colors`}
        >
          {scheme === "dark" ? <IconSun size={19} stroke={1.6} /> : <IconMoon size={19} stroke={1.6} />}
        </ActionIcon>
      </Tooltip>
    </div>
  );
};
