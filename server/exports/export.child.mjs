// A child process does not inherit the loader that lets this server run from TypeScript.
import { register } from "tsx/esm/api";

register();
await import("./export.child.ts");
