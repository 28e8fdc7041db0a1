import type { SpotlightActionData } from "@mantine/spotlight";
import {
  IconBook2,
  IconPlayerPlay,
  IconPlayerStop,
  IconRocket,
  IconSparkles,
  IconUpload,
  type Icon,
} from "@tabler/icons-react";
import { useEffect, useMemo, useRef } from "react";
import { useNavigate } from "react-router";
import { useLiveRun, useRuns } from "../../app/runs/hooks.ts";
import { fromProblem } from "../../domain/errors.ts";
import { notifyProblem } from "../components/notify.ts";
import { usePromote } from "../screens/compare/usePromote.ts";
import { SAMPLES } from "../screens/data/fileTypes.ts";
import { useSample } from "../screens/data/useSample.ts";
import { START_NOW } from "../screens/train/setup/startNow.ts";

const icon = (Shown: Icon) => <Shown size={20} stroke={1.6} />;

/** What the palette can do from any screen. Each goes to where its outcome is seen. */
export const usePaletteActions = (): SpotlightActionData[] => {
  const navigate = useNavigate();
  const { take, problem } = useSample();
  const training = useLiveRun((state) => state.live?.stage === "train");
  const stop = useLiveRun((state) => state.stop);
  const latest = useRuns((state) => state.runs.find(({ artifact }) => artifact !== null) ?? null);
  const { id = null, name = "" } = latest ?? {};
  const promote = usePromote();
  const promoteNow = useRef(async () => {});
  useEffect(() => {
    promoteNow.current = async () => (latest ? promote(latest) : undefined);
    if (problem) notifyProblem(fromProblem(problem));
  }, [latest, promote, problem]);
  return useMemo(
    () => [
      {
        id: "do-sample",
        label: "Try the sample",
        description: "Opens the sample data set",
        leftSection: icon(IconSparkles),
        onClick: () => {
          void navigate("/data");
          take(SAMPLES.good);
        },
      },
      training
        ? {
            id: "do-stop",
            label: "Stop training and keep the result",
            leftSection: icon(IconPlayerStop),
            onClick: () => void stop(),
          }
        : {
            id: "do-start",
            label: "Start training",
            description: "Starts a run with the settings of the Train screen",
            leftSection: icon(IconPlayerPlay),
            onClick: () => void navigate("/train", { state: START_NOW }),
          },
      ...(id === null
        ? []
        : [
            {
              id: "do-promote",
              label: "Promote the newest model",
              description: name,
              leftSection: icon(IconRocket),
              onClick: () => void promoteNow.current(),
            },
          ]),
      {
        id: "do-ingest",
        label: "Ingest documents",
        description: "Adds documents to search in the Playground",
        leftSection: icon(IconUpload),
        onClick: () => void navigate("/playground"),
      },
      {
        id: "do-docs",
        label: "Open the API documentation",
        leftSection: icon(IconBook2),
        onClick: () => void window.open("/docs", "_blank", "noopener"),
      },
    ],
    [navigate, take, training, stop, id, name],
  );
};
