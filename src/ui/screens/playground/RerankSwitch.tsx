import { Input, Switch } from "@mantine/core";
import { useServer } from "../../../app/settings/hooks.ts";
import { Term } from "../../components/Term.tsx";

/** What this search asks of the server's reranker: null where there is none, or where it does not see the question's words. */
export const useRerank = (chosen: boolean | null, wordsStayHere: boolean): boolean | null => {
  const reranker = useServer((state) => state.status?.rerank ?? null);
  return reranker && !wordsStayHere ? (chosen ?? reranker.byDefault) : null;
};

/** Shown only where the server has a reranker. */
export const RerankSwitch = (props: { value: boolean | null; onChange: (value: boolean) => void }) => {
  const reranker = useServer((state) => state.status?.rerank ?? null);
  if (!reranker) return null;
  return (
    <Input.Wrapper label={<Term of="reranking">Rerank</Term>} size="xs" labelElement="div">
      <Switch
        size="md"
        mt={4}
        aria-label="Rerank"
        title={
          props.value === null
            ? "The question's words stay in this page"
            : `The first ${reranker.top}, by ${reranker.model}`
        }
        disabled={props.value === null}
        checked={props.value ?? false}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
    </Input.Wrapper>
  );
};
