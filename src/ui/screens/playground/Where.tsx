import { Group, Radio, Stack } from "@mantine/core";
import { useEffect } from "react";
import { MODELS } from "../../../app/search/store.ts";
import { usePageModels } from "../../../app/search/hooks.ts";
import { PageModels } from "./PageModels.tsx";

/** Where questions become vectors: on the server, or in this page. */
export const Where = ({ candidate }: { candidate: string | null }) => {
  const where = usePageModels((state) => state.where);
  const choose = usePageModels((state) => state.choose);
  const prepare = usePageModels((state) => state.prepare);
  useEffect(() => {
    if (where === "page") void prepare([...MODELS, ...(candidate ? [candidate] : [])]);
  }, [where, candidate, prepare]);
  return (
    <Stack gap="sm">
      <Radio.Group label="Embed questions" size="xs" value={where} onChange={(value) => choose(value)}>
        <Group gap="lg" mt={6}>
          <Radio size="xs" value="server" label="On the server" />
          <Radio size="xs" value="page" label="In this page" />
        </Group>
      </Radio.Group>
      {where === "page" && <PageModels />}
    </Stack>
  );
};
