import { Button, Group, Loader, Progress as Bar, Text } from "@mantine/core";
import { useLangfuseImport } from "../../../../app/imports/hooks.ts";
import { pick } from "../../../../app/pick.ts";
import { counted, whole } from "../../../components/format.ts";

/** Reading everything: how far it is, and how it goes on after a break. */
export const Progress = () => {
  const { preview, mapping, reading, underWay, broken, result, read, stop } = useLangfuseImport(
    pick("preview", "mapping", "reading", "underWay", "broken", "result", "read", "stop"),
  );
  if (!preview || !mapping || preview.rows.length === 0) return null;
  return (
    <>
      {!result && !underWay && (
        <Group gap="md">
          <Button onClick={() => void read()}>{broken ? "Go on reading" : "Read everything"}</Button>
          {broken && reading && (
            <Text size="sm" c="dimmed">
              {counted(reading.judged, "judged item")} read so far are kept.
            </Text>
          )}
        </Group>
      )}
      {underWay && reading && (
        <Group gap="md" role="status">
          {reading.share === null ? (
            <Loader size="sm" aria-hidden />
          ) : (
            <Bar value={100 * reading.share} flex={1} aria-label="Reading from Langfuse" />
          )}
          <Text className="numbers">
            {whole(reading.read)} read, {whole(reading.judged)} judged
          </Text>
          <Button variant="default" size="compact-md" onClick={stop}>
            Stop
          </Button>
        </Group>
      )}
      {result && reading && (
        <Text size="sm" c="dimmed">
          {counted(reading.read, "item")} read: {whole(reading.unjudged)} that nobody judged, {whole(reading.unmapped)}{" "}
          without a question or documents
          {reading.archived > 0 && `, ${whole(reading.archived)} archived`}.
        </Text>
      )}
    </>
  );
};
