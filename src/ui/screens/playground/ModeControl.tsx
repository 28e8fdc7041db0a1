import { Input, SegmentedControl } from "@mantine/core";
import { useId } from "react";
import type { SearchMode } from "../../../domain/api/index.ts";
import { Term } from "../../components/Term.tsx";

const CHOICES: { value: SearchMode; label: string }[] = [
  { value: "hybrid", label: "Hybrid" },
  { value: "dense", label: "Vectors" },
  { value: "keyword", label: "Words" },
];

/** How the question is searched. Where the page embeds it, its words stay here, so that only vectors are left. */
export const ModeControl = (props: {
  mode: SearchMode;
  onChange: (mode: SearchMode) => void;
  vectorsOnly: boolean;
}) => {
  const label = useId();
  return (
    <Input.Wrapper
      label={<Term of="hybrid search">Search by</Term>}
      size="xs"
      labelElement="div"
      labelProps={{ id: label }}
    >
      <div title={props.vectorsOnly ? "The question's words stay in this page" : undefined}>
        <SegmentedControl
          aria-labelledby={label}
          size="xs"
          data={CHOICES}
          disabled={props.vectorsOnly}
          value={props.vectorsOnly ? "dense" : props.mode}
          onChange={(value) => props.onChange(value as SearchMode)}
        />
      </div>
    </Input.Wrapper>
  );
};
