// `npm start`: from a clean clone to a running studio.
import { installDependencies, requireNode, root } from "./dependencies.mjs";
import { buildPage } from "./page.mjs";
import { runServer } from "./runServer.mjs";

const parent = process.ppid; // before anything that takes long
requireNode();
await installDependencies();
buildPage();
runServer(["--import", "./server/lib/typescript.mjs", "server/main.ts", ...process.argv.slice(2)], {
  cwd: root,
  parent,
});
