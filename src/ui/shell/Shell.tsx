import { AppShell, CloseButton } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useEffect, useRef } from "react";
import { Outlet, ScrollRestoration, useLocation, useNavigate } from "react-router";
import { Palette } from "./Palette.tsx";
import { Rail } from "./Rail.tsx";
import { SCREENS } from "./screens.ts";
import { Shortcuts } from "./Shortcuts.tsx";
import { TopBar } from "./TopBar.tsx";
import { useSingleKeys } from "./useSingleKeys.ts";
import { usePageTitle } from "./usePageTitle.ts";
import { LeaveGuard } from "./LeaveGuard.tsx";
import { WindowDrop } from "./WindowDrop.tsx";
import classes from "./shell.module.css";

/** The frame around every screen. Moving to another screen moves the focus to its start and changes the title. */
export const Shell = () => {
  const [railOpen, rail] = useDisclosure(false);
  const [keysOpen, keys] = useDisclosure(false);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const arrived = useRef(pathname);

  usePageTitle(pathname);
  useEffect(() => {
    if (arrived.current !== pathname) main.current?.focus({ preventScroll: true });
    arrived.current = pathname;
  }, [pathname]);

  useSingleKeys({
    "?": keys.open,
    ...Object.fromEntries(SCREENS.map(({ path }, i) => [String(i + 1), () => void navigate(path)])),
  });

  return (
    <>
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the screen
      </a>
      <AppShell
        layout="alt"
        header={{ height: { base: 84, sm: 52 } }}
        navbar={{ width: 208, breakpoint: "sm", collapsed: { mobile: !railOpen } }}
        padding={{ base: "md", md: "lg" }}
      >
        <AppShell.Navbar
          p="sm"
          className={classes.navbar}
          component="aside"
          aria-label="Rail"
          onKeyDown={({ key }: { key: string }) => key === "Escape" && rail.close()}
        >
          <CloseButton hiddenFrom="sm" aria-label="Close the menu" onClick={rail.close} className={classes.closeRail} />
          <Rail onNavigate={rail.close} />
        </AppShell.Navbar>
        <AppShell.Header className={classes.header} component="div" role="region" aria-label="Status">
          <TopBar railOpen={railOpen} onRail={rail.toggle} onShortcuts={keys.open} />
        </AppShell.Header>
        <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes.main}>
          <Outlet />
        </AppShell.Main>
      </AppShell>
      <Palette onShortcuts={keys.open} />
      <Shortcuts opened={keysOpen} onClose={keys.close} />
      <WindowDrop />
      <LeaveGuard />
      <ScrollRestoration />
    </>
  );
};
