import { Anchor } from "@mantine/core";
import { IconExternalLink } from "@tabler/icons-react";

/** A trace where it is kept. `of` tells screen readers which one. */
export const LangfuseLink = ({ url, of }: { url: string; of: string }) => (
  <Anchor href={url} target="_blank" rel="noreferrer" size="sm" aria-label={`Open in Langfuse: ${of}`}>
    Open in Langfuse <IconExternalLink size={13} aria-hidden />
  </Anchor>
);
