// What Node asks before it loads a module. Only TypeScript is looked at: every other module, thousands in packages, loads as ever.
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transformSync } from "rolldown/utils";

const OPTIONS = {
  sourceType: "module",
  sourcemap: true,
  target: "es2023",
  tsconfig: false,
  typescript: { onlyRemoveTypeImports: true },
};

export const load = async (url, context, next) => {
  if (!/^file:[^?#]*\.ts$/.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  const { code, map, errors } = transformSync(path, await readFile(path, "utf8"), OPTIONS);
  if (errors.length > 0) throw new SyntaxError(`${path}: ${errors.map(({ message }) => message).join("\n")}`);
  const inline = Buffer.from(JSON.stringify(map)).toString("base64");
  return {
    format: "module",
    source: `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}`,
    shortCircuit: true,
  };
};
