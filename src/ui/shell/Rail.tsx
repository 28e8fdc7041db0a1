import { NavLink as MantineNavLink, Text } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { SCREENS, screenOf } from "./screens.ts";
import { Mark } from "./Mark.tsx";
import classes from "./shell.module.css";

const STAGES = ["Tune", "Judge", "Use"] as const;

/** The left rail: the studio's name and the six screens, grouped by what one does there. */
export const Rail = ({ onNavigate }: { onNavigate: () => void }) => {
  const here = screenOf(useLocation().pathname);
  return (
    <>
      <Link to="/" className={classes.brand} onClick={onNavigate}>
        <Mark />
        <Text component="span" fw={600}>
          Recall Studio
        </Text>
      </Link>
      <nav aria-label="Screens" className={classes.nav}>
        {STAGES.map((stage) => (
          <div key={stage} className={classes.stage}>
            <div className={`overline ${classes.stageName}`} id={`stage-${stage}`}>
              {stage}
            </div>
            <div role="list" aria-labelledby={`stage-${stage}`}>
              {SCREENS.filter((screen) => screen.stage === stage).map((screen) => (
                <div role="listitem" key={screen.path}>
                  <MantineNavLink
                    component={Link}
                    to={screen.path}
                    onClick={onNavigate}
                    label={screen.title}
                    leftSection={<screen.icon size={19} stroke={1.6} aria-hidden />}
                    active={here === screen}
                    aria-current={here === screen ? "page" : undefined}
                    className={classes.link}
                  />
                </div>
              ))}
            </div>
          </div>
        ))}
      </nav>
    </>
  );
};
