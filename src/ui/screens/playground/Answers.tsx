import { Alert, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconTerminal2 } from "@tabler/icons-react";
import { retrievalPaths } from "../../../domain/api/index.ts";
import { usePageModels, useSearch } from "../../../app/search/hooks.ts";
import { otherScriptNote } from "../../../app/search/otherScript.ts";
import { curlOf, fetchOf, pythonOf, shownRequest } from "../../../app/search/snippets.ts";
import { Panel } from "../../components/Panel.tsx";
import { Snippets } from "../../components/Snippets.tsx";
import { Side } from "./Side.tsx";
import { shownSides } from "./shownSides.ts";
import { useRightDocuments } from "./useTestRun.ts";

/** Each model's answer, side by side, and the same search as a command. */
export const Answers = () => {
  const asked = useSearch((state) => state.asked);
  const sides = useSearch((state) => state.sides);
  const right = useRightDocuments(asked?.q ?? "");
  const candidate = useSearch((state) => state.candidate);
  const here = usePageModels((state) => state.where === "page");
  if (!asked) return null;
  const [baseline, production] = [sides.baseline?.response, sides.production?.response];
  const { shown: columns, words } = shownSides(sides, asked.mode);
  const same = !words && baseline && production && baseline.embedder.fingerprint === production.embedder.fingerprint;
  const base = (production ?? baseline)?.embedder.base;
  const script = !words && base ? otherScriptNote(asked.q, base) : null;
  const shown = shownRequest(asked);
  const origin = window.location.origin;
  return (
    <Stack gap="lg">
      {same && (
        <Alert variant="light" color="ochre">
          The baseline is in production, so both sides show the same model. Promote a version to see a difference.
        </Alert>
      )}
      {script && (
        <Alert variant="light" color="ochre">
          {script}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, md: words ? 1 : candidate ? 3 : 2 }} spacing="lg">
        {columns.map(([model, side]) => (
          <Side
            key={model}
            model={words ? null : model}
            side={side}
            other={
              words
                ? null
                : model === "production"
                  ? { name: "baseline", response: baseline }
                  : { name: "in production", response: production }
            }
            q={asked.q}
            right={right}
          />
        ))}
      </SimpleGrid>
      <Panel title="Use this search in your code" actions={<IconTerminal2 size={18} aria-hidden />}>
        {here && (
          <Text size="sm" c="dimmed" mb="xs">
            These send the question's text to the server.
          </Text>
        )}
        <Snippets
          python={pythonOf(origin, retrievalPaths.search, shown, "production")}
          curl={curlOf(origin, retrievalPaths.search, shown, "production")}
          javascript={fetchOf(origin, retrievalPaths.search, shown, "production")}
        />
      </Panel>
    </Stack>
  );
};
