// What a container asks of its own server: exit 0 where /health answers 200, else 1 with the reason.
import { get } from "node:http";

const { HOST = "127.0.0.1", PORT = "4680", STUDIO_ALLOWED_HOSTS = "" } = process.env;
const host = { "0.0.0.0": "127.0.0.1", "::": "::1" }[HOST] ?? HOST;
// On a public address the server may answer under its own names only.
const [name] = STUDIO_ALLOWED_HOSTS.split(",");
const headers = name ? { host: name.trim() } : {};
const fail = (reason) => {
  console.error(reason);
  process.exitCode = 1;
};
const request = get({ host, port: PORT, path: "/health", headers, timeout: 8000 }, (response) => {
  response.resume();
  if (response.statusCode !== 200) fail(`/health answers ${response.statusCode}.`);
});
request.on("timeout", () => request.destroy(new Error("/health did not answer within 8 s.")));
request.on("error", ({ message }) => fail(message));
