/** Test support: a command of server/cli in the test's own process. Starting Node for each takes over a second. */
import { vi } from "vitest";
import { report } from "../cli/problems.ts";

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command to its end as its file does when it is started. One at a time: what it prints is caught at the console. */
export const runCommand = async (command: (args: string[]) => Promise<number>, ...args: string[]): Promise<Ended> => {
  const printed = { stdout: "", stderr: "" };
  const spies = [
    vi.spyOn(console, "log").mockImplementation((text: string) => void (printed.stdout += `${text}\n`)),
    vi.spyOn(console, "error").mockImplementation((text: unknown) => void (printed.stderr += `${String(text)}\n`)),
  ];
  try {
    const code = await command(args).catch(report);
    return { code, ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
};
