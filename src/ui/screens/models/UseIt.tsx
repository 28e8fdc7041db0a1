import { Text } from "@mantine/core";
import { embeddingSnippets } from "../../../app/registry/snippets.ts";
import { Snippets } from "../../components/Snippets.tsx";

/** How other programs embed with a version. */
export const UseIt = ({ version, serving }: { version: string; serving: boolean }) => (
  <>
    <Text size="sm" mb="sm">
      {serving
        ? "This server embeds with it, by OpenAI's API."
        : "This server can embed with it by name, by OpenAI's API."}
    </Text>
    <Snippets {...embeddingSnippets(window.location.origin, serving ? "production" : version)} />
  </>
);
