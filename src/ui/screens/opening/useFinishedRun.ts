import { useEffect } from "react";
import { useNavigate } from "react-router";
import { useFinishedRun as useStore } from "../../../app/runs/hooks.ts";
import type { Problem } from "../../../domain/errors.ts";
import type { Opening } from "../../../domain/run/opening.ts";

/** The finished run that ships with the studio, and the way into it: Compare shows it like any other run. */
export const useFinishedRun = (): {
  opening: Opening | null;
  see: () => void;
  busy: boolean;
  problem: Problem | null;
} => {
  const navigate = useNavigate();
  const { opening, show, open, status, problem } = useStore((state) => state);
  useEffect(() => void show(), [show]);
  return {
    opening,
    see: () => void open().then((id) => (id === null ? undefined : navigate(`/compare?run=${id}`))),
    busy: status === "working",
    problem,
  };
};
