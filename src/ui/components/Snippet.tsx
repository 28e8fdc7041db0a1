import { Box, Button, Code, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Code to take away. */
export const Snippet = ({ text }: { text: string }) => (
  <Box pos="relative">
    <Code block pr={100} tabIndex={0} aria-label="Code">
      {text}
    </Code>
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Button
          pos="absolute"
          top={8}
          right={8}
          size="compact-xs"
          variant="default"
          leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
          onClick={copy}
        >
          {copied ? "Copied" : "Copy"}
        </Button>
      )}
    </CopyButton>
  </Box>
);
