import { Anchor, Button, Container, Title } from "@mantine/core";
import { isRouteErrorResponse, Link, useRouteError } from "react-router";
import { toProblem } from "../../domain/errors.ts";
import { ProblemPanel } from "../components/ProblemPanel.tsx";

const KEPT = "Your data sets and runs are stored in this browser and are not lost.";

/** What a person sees when a screen breaks, or an address leads nowhere: what happened in words, and a way on. */
export const RouteError = () => {
  const thrown = useRouteError();
  const missing = isRouteErrorResponse(thrown) && thrown.status === 404;
  return (
    <Container size="sm" pt={60}>
      <Title order={1} mb="md">
        {missing ? "Nothing here" : "This screen broke"}
      </Title>
      {missing ? (
        <ProblemPanel
          tone="ochre"
          problem={{
            code: "not-found",
            message: "There is no such page.",
            hint: "The address is mistyped, or the page has moved.",
          }}
          kept={KEPT}
        >
          <Button component={Link} to="/">
            Go to the first page
          </Button>
        </ProblemPanel>
      ) : (
        <ProblemPanel problem={toProblem(thrown)} kept={KEPT}>
          <Button onClick={() => window.location.reload()}>Reload the page</Button>
          <Anchor component={Link} to="/data">
            Go to Data
          </Anchor>
        </ProblemPanel>
      )}
    </Container>
  );
};
