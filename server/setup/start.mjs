// `npm start`: from a clean clone to a running studio.
import { installDependencies, requireNode, root } from "./dependencies.mjs";
import { helpIfAsked } from "./help.mjs";
import { buildPage } from "./page.mjs";
import { runServer } from "./runServer.mjs";

const parent = process.ppid; // before anything that takes long
helpIfAsked(`Installs what is missing, builds the page, and serves studio and API on one loopback port; prints the address. Ctrl-C ends it.

npm start

It is set by environment variables, which .env.example lists. For instance:
  PORT=4700 STUDIO_DATA_DIR=/var/studio npm start`);
requireNode();
await installDependencies();
buildPage();
runServer(["--import", "./server/lib/typescript.mjs", "server/main.ts", ...process.argv.slice(2)], {
  cwd: root,
  parent,
});
