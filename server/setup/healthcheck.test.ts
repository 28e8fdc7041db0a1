import { execFile } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";

const script = new URL("healthcheck.mjs", import.meta.url).pathname;

/** Runs the check against a server with this answer; resolves to its exit code and what it complained of. */
const check = async (answer: RequestListener, environment: Record<string, string> = {}) => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const result = await ask({ PORT: String(port), HOST: "0.0.0.0", ...environment });
  server.closeAllConnections();
  server.close();
  return result;
};
const ask = (env: Record<string, string>) =>
  new Promise<{ code: number; complaint: string }>((resolve) => {
    const child = execFile(process.execPath, [script], { env }, (_error, _out, complaint) =>
      resolve({ code: child.exitCode ?? -1, complaint }),
    );
  });

it("passes where /health answers 200, and asks under a name that the server allows", async () => {
  const seen: string[] = [];
  const answer: RequestListener = (request, response) => {
    seen.push(`${request.headers.host} ${request.url}`);
    response.end("{}");
  };
  expect(await check(answer)).toEqual({ code: 0, complaint: "" });
  expect(await check(answer, { STUDIO_ALLOWED_HOSTS: "studio.example, other" })).toMatchObject({ code: 0 });
  expect(seen).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+ \/health$/), "studio.example /health"]);
});

it("fails where the server says that it failed, or where nothing listens", async () => {
  expect(await check((_request, response) => response.writeHead(503).end())).toEqual({
    code: 1,
    complaint: "/health answers 503.\n",
  });
  expect(await ask({ PORT: "1", HOST: "127.0.0.1" })).toMatchObject({ code: 1 });
});
