import { Button } from "@mantine/core";
import { useEffect, useRef } from "react";
import { pick } from "../../../app/pick.ts";
import { useQuestions } from "../../../app/questions/hooks.ts";
import { ProblemPanel } from "../../components/ProblemPanel.tsx";

/** What went wrong, brought into view: the button that led to it may stand far down the page. */
export const Failure = () => {
  const { view, problem, dismiss } = useQuestions(pick("view", "problem", "dismiss"));
  const place = useRef<HTMLDivElement>(null);
  // Newer browsers give a promise back, which is no clean-up.
  useEffect(() => void place.current?.scrollIntoView({ block: "center" }), [problem]);
  if (!problem) return null;
  return (
    <div ref={place}>
      <ProblemPanel problem={problem} kept={view?.writing ? "What was written so far is kept." : undefined}>
        <Button variant="default" size="compact-md" onClick={dismiss}>
          Dismiss
        </Button>
      </ProblemPanel>
    </div>
  );
};
