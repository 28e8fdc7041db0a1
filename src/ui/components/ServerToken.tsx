import { Button, Group, PasswordInput } from "@mantine/core";
import { useState } from "react";
import { useModels } from "../../app/registry/hooks.ts";

/** Where the server's token is entered; it stays in this tab. */
export const ServerToken = () => {
  const wanted = useModels((state) => state.tokenWanted);
  const enterToken = useModels((state) => state.enterToken);
  const [token, setToken] = useState("");
  if (!wanted) return null;
  return (
    <Group align="flex-end" gap="sm">
      <PasswordInput
        label="The server's token"
        description="The value of STUDIO_TOKEN; kept until this tab is closed."
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
        w={320}
      />
      <Button disabled={token === ""} onClick={() => void enterToken(token)}>
        Use it
      </Button>
    </Group>
  );
};
