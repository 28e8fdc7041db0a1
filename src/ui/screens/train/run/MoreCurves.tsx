import { Button, SimpleGrid } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconChevronDown } from "@tabler/icons-react";
import type { ComponentProps } from "react";
import type { RunSeries } from "../../../../domain/run/types.ts";
import { LineSeriesChart } from "../../../charts/index.ts";
import { Panel } from "../../../components/Panel.tsx";
import { seriesOf } from "./series.ts";

const CURVES = [
  { title: "Gradient norm before clipping", label: "Gradient norm", of: "gradNorm" },
  { title: "Learning rate", label: "Learning rate", of: "learningRate" },
  { title: "Embedding norm before normalization", label: "Embedding norm", of: "embeddingNorm" },
  { title: "Pairs a second", label: "Pairs a second", of: "pairsPerSecond" },
] as const;

type Shared = Pick<ComponentProps<typeof LineSeriesChart>, "xLabel" | "xDomain" | "syncId">;

/** Curves for who looks for a cause. Closed they are not there: drawing them anew at each step takes from the training. */
export const MoreCurves = ({ steps, shared }: { steps: RunSeries["steps"]; shared: Shared }) => {
  const [open, { toggle }] = useDisclosure(false);
  return (
    <>
      <Button
        variant="subtle"
        color="gray"
        mr="auto"
        h="auto"
        mih={36}
        ta="left"
        styles={{ label: { whiteSpace: "normal" } }}
        onClick={toggle}
        aria-expanded={open}
        rightSection={<IconChevronDown size={15} aria-hidden style={{ rotate: open ? "180deg" : undefined }} />}
      >
        {open ? "Fewer curves" : "More curves: gradient norm, learning rate, embedding norm, speed"}
      </Button>
      {open && (
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="lg">
          {CURVES.map(({ title, label, of }) => (
            <Panel key={of}>
              <LineSeriesChart
                {...shared}
                title={title}
                series={[{ id: of, label, look: "tuned", points: seriesOf(steps, of) }]}
              />
            </Panel>
          ))}
        </SimpleGrid>
      )}
    </>
  );
};
