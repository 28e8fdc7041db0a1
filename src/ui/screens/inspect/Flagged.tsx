import { Anchor, Group, Text } from "@mantine/core";
import { Link } from "react-router";
import { useExclusions } from "../../../app/datasets/hooks.ts";
import { counted } from "../../charts/index.ts";

/** The pairs flagged in this data set, on their way back to Data. */
export const Flagged = ({ dataset }: { dataset: string }) => {
  const pairs = useExclusions((state) => state.pairs).filter((pair) => pair.dataset === dataset);
  if (pairs.length === 0) return null;
  return (
    <Group gap="sm">
      <Text size="sm">{counted(pairs.length, "pair")} flagged as bad.</Text>
      <Anchor component={Link} to="/data" size="sm">
        Leave out in Data
      </Anchor>
    </Group>
  );
};
