import { Button, Group, PasswordInput, Text } from "@mantine/core";
import { useState } from "react";
import { useModels } from "../../app/registry/hooks.ts";
import { toProblem, type Problem } from "../../domain/errors.ts";

/** Where the server's token is entered, and tried at once; it stays in this tab. */
export const ServerToken = () => {
  const wanted = useModels((state) => state.tokenWanted);
  const enterToken = useModels((state) => state.enterToken);
  const [token, setToken] = useState("");
  const [trying, setTrying] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (!wanted) return null;
  const use = () => {
    setTrying(true);
    setProblem(null);
    enterToken(token.trim())
      .then(() => setToken(""))
      .catch((thrown: unknown) => setProblem(toProblem(thrown)))
      .finally(() => setTrying(false));
  };
  return (
    <div>
      <Text size="sm" role="status" mb={6}>
        The server asks for its token before it changes anything.
      </Text>
      <Group align="flex-start" gap="sm">
        <PasswordInput
          label="The server's token"
          description="The value of STUDIO_TOKEN; kept until this tab is closed."
          value={token}
          error={problem && `${problem.message} ${problem.hint}`}
          onChange={(event) => setToken(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Enter" && token !== "" && use()}
          w={320}
          inputWrapperOrder={["label", "description", "input", "error"]}
        />
        <Button mt={{ base: 0, xs: 44 }} loading={trying} disabled={token.trim() === ""} onClick={use}>
          Use it
        </Button>
      </Group>
    </div>
  );
};
