import {
  ActionIcon,
  Box,
  Group,
  ScrollArea,
  Table,
  Text,
  Title,
  Tooltip,
  useComputedColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { IconChartLine, IconPhotoDown, IconTable } from "@tabler/icons-react";
import { useId, useRef, useState, type ReactNode } from "react";
import { chartToPng } from "./chartPng.ts";
import { downloadBlob } from "./download.ts";
import { Marker } from "./Marker.tsx";
import { INK, seriesStyle, SURFACE, type SeriesLook } from "./palette.ts";

/** The same figures as a table: the chart's twin for those who cannot, or would rather not, read a chart. */
export interface TableTwin {
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
  /** Said below the table, for instance how many rows were thinned out. */
  note?: string;
}
export interface ChartFrameProps {
  title: string;
  /** The chart's figures in one sentence: its description for those who cannot see it, and in the picture. */
  summary: string;
  /** What the chart does not show by itself, said below it; without one the summary stands there. */
  caption?: string;
  legend?: readonly { label: string; look: SeriesLook }[];
  table: TableTwin;
  /** Further controls beside the table switch. */
  controls?: ReactNode;
  height?: number;
  /** Set to false for charts that are not one SVG. */
  picture?: boolean;
  children: ReactNode;
}

/** Frame of every chart: heading, legend, table twin, picture, sentence. */
export function ChartFrame({
  title,
  summary,
  caption,
  legend = [],
  table,
  controls,
  height = 260,
  picture = true,
  children,
}: ChartFrameProps) {
  const scheme = useComputedColorScheme("light");
  const [asTable, setAsTable] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const plot = useRef<HTMLDivElement>(null);
  const id = useId();
  const save = async () => {
    const svg = plot.current?.querySelector<SVGSVGElement>("svg.recharts-surface");
    if (!svg) return;
    try {
      const blob = await chartToPng(svg, {
        title,
        summary,
        legend: legend.map(({ label, look }) => ({ label, style: seriesStyle(look, scheme) })),
        background: SURFACE[scheme],
        ink: INK[scheme].text,
      });
      downloadBlob(blob, `${title.toLowerCase().replace(/[^a-z0-9@]+/g, "-")}.png`);
      setFailed(null);
    } catch (thrown) {
      setFailed(`The picture could not be made: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  };
  return (
    <Box component="figure" m={0} aria-labelledby={`${id}-title`} aria-describedby={`${id}-summary`}>
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs" mb={4}>
        <Title order={2} size="h3" id={`${id}-title`}>
          {title}
        </Title>
        <Group gap={4} wrap="nowrap">
          {controls}
          {picture && !asTable && (
            <Tooltip label="Save as PNG">
              <ActionIcon variant="subtle" color="gray" aria-label={`Save ${title} as PNG`} onClick={() => void save()}>
                <IconPhotoDown size={18} />
              </ActionIcon>
            </Tooltip>
          )}
          <Tooltip label={asTable ? "View as chart" : "View as table"}>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`View ${title} as table`}
              aria-pressed={asTable}
              onClick={() => setAsTable(!asTable)}
            >
              {asTable ? <IconChartLine size={18} /> : <IconTable size={18} />}
            </ActionIcon>
          </Tooltip>
        </Group>
      </Group>
      {legend.length > 0 && !asTable && (
        <Group gap="2px 12px" mb={4} aria-hidden>
          {legend.map(({ label, look }) => (
            <Group key={label} gap={5} wrap="nowrap">
              <Swatch look={look} />
              <Text size="xs">{label}</Text>
            </Group>
          ))}
        </Group>
      )}
      {asTable ? (
        <Twin table={table} title={title} height={height} />
      ) : (
        <Box ref={plot} h={height} style={{ position: "relative" }}>
          {children}
        </Box>
      )}
      <Text component="figcaption" size="sm" c="dimmed" mt={4} id={caption ? undefined : `${id}-summary`}>
        {caption ?? summary}
      </Text>
      {caption && <VisuallyHidden id={`${id}-summary`}>{summary}</VisuallyHidden>}
      {failed && (
        <Text role="alert" size="sm" c="red.8">
          {failed}
        </Text>
      )}
    </Box>
  );
}

/** A piece of the series' line with its marker. */
export function Swatch({ look }: { look: SeriesLook }) {
  const style = seriesStyle(look, useComputedColorScheme("light"));
  return (
    <svg width={24} height={12} aria-hidden focusable="false">
      <line x1={0} x2={24} y1={6} y2={6} stroke={style.color} strokeWidth={2} strokeDasharray={style.dash} />
      <Marker x={12} y={6} size={36} style={style} />
    </svg>
  );
}

/** Figures stay in one line, texts get room; the table scrolls sideways where it must. */
const ONE_LINE = { whiteSpace: "nowrap" } as const;
const WRAP = { minWidth: 260 } as const;

function Twin({ table, title, height }: { table: TableTwin; title: string; height: number }) {
  return (
    <>
      <ScrollArea.Autosize mah={height} type="auto" viewportProps={{ tabIndex: 0, "aria-label": `${title}, table` }}>
        <Table stickyHeader withRowBorders fz="sm" tabularNums aria-label={title}>
          <Table.Thead>
            <Table.Tr>
              {table.columns.map((column) => (
                <Table.Th key={column} scope="col" style={ONE_LINE}>
                  {column}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {table.rows.map((row, index) => (
              <Table.Tr key={index}>
                {row.map((cell, column) => (
                  <Table.Td key={column} style={typeof cell === "string" && cell.length > 40 ? WRAP : ONE_LINE}>
                    {cell}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
      {table.note && <Text size="xs">{table.note}</Text>}
    </>
  );
}
