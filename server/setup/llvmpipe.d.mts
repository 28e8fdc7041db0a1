/** The environment in which Dawn in Node runs on Mesa's llvmpipe, or why it cannot. */
export function llvmpipe(
  env: Record<string, string | undefined>,
  folders?: readonly string[],
): { env: Record<string, string> } | { missing: string };
