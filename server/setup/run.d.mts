/** Runs a Node script in the project to its end. A quiet one gives its output back instead of printing it. */
export function run(
  script: string,
  args: readonly string[],
  options?: { quiet?: boolean; env?: NodeJS.ProcessEnv },
): Promise<{ succeeded: boolean; output: string }>;
