import { Anchor, Button, Container, Title } from "@mantine/core";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { toProblem } from "../../domain/errors.ts";
import { ProblemPanel } from "../components/ProblemPanel.tsx";

/** What a person sees when a screen breaks: the failure in words, and a way on. Runs and data stay on disk. */
export const RouteError = () => {
  const thrown = useRouteError();
  const problem =
    isRouteErrorResponse(thrown) && thrown.status === 404
      ? { code: "not-found", message: "There is no such page.", hint: "Choose a screen at the left." }
      : toProblem(thrown);
  return (
    <Container size="sm" pt={60}>
      <Title order={1} mb="md">
        {problem.code === "not-found" ? "Nothing here" : "This screen broke"}
      </Title>
      <ProblemPanel problem={problem} kept="Your data sets and runs are stored in this browser and are not lost.">
        <Button onClick={() => window.location.reload()}>Reload the page</Button>
        <Anchor component={Link} to="/data">
          Go to Data
        </Anchor>
      </ProblemPanel>
    </Container>
  );
};
