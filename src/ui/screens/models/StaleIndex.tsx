import { Alert, Button, Group, Progress, Text } from "@mantine/core";
import { IconRefreshAlert } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import { toProblem, type Problem } from "../../../domain/errors.ts";
import { useModels } from "../../../app/registry/hooks.ts";
import { useSearch } from "../../../app/search/hooks.ts";
import { whole } from "../../charts/index.ts";

/** Says so when the documents were embedded with another model than the one in production. */
export const StaleIndex = () => {
  const index = useSearch((state) => state.index);
  const jobs = useSearch((state) => state.jobs);
  const refresh = useSearch((state) => state.refresh);
  const reembed = useSearch((state) => state.reembed);
  const production = useModels((state) => state.list?.production);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => void refresh(), [refresh, production]);
  if (!index || index.documents === 0 || index.active === index.production) return null;
  const job =
    jobs.find(({ kind, state }) => kind === "re-embed" && (state === "running" || state === "queued")) ?? index.job;
  return (
    <Alert
      variant="light"
      color="ochre"
      icon={<IconRefreshAlert aria-hidden />}
      title="The index was built with another model"
    >
      <Text size="sm">
        Searches still use the previous model until all {whole(index.documents)} documents are embedded again. Then all
        switch at once, so no answer mixes two models.
      </Text>
      {job ? (
        <Group gap="sm" mt="sm" wrap="nowrap">
          <Progress
            style={{ flex: 1 }}
            aria-label="Embedding again"
            value={job.chunks.total ? (100 * job.chunks.done) / job.chunks.total : 0}
          />
          <Text size="sm">
            {whole(job.chunks.done)} of {job.chunks.total === null ? "…" : whole(job.chunks.total)} chunks
          </Text>
        </Group>
      ) : (
        <Button
          mt="sm"
          size="xs"
          onClick={() =>
            reembed().then(
              () => setProblem(null),
              (thrown: unknown) => setProblem(toProblem(thrown)),
            )
          }
        >
          Re-embed
        </Button>
      )}
      {problem && (
        <Text role="alert" size="sm" mt="xs" c="var(--bad)">
          {problem.message} {problem.hint}
        </Text>
      )}
    </Alert>
  );
};
