import { at } from "../../domain/present.ts";
/**
 * Repeats blocks of a shader, because WGSL keeps arrays that are indexed in a loop out of registers:
 *
 *     //#each m ROWS
 *     var a$m = vec4f(0.0);
 *     //#end
 *
 * becomes one line for each m from 0 to ROWS − 1. Bounds are numbers or names in `sizes`, whose values `$ROWS` stands for
 * anywhere; blocks nest.
 */
export const unroll = (text: string, sizes: Readonly<Record<string, number>>): string => {
  const named = Object.entries(sizes).reduce(
    (result, [name, value]) => result.replaceAll(`$${name}`, String(value)),
    text,
  );
  const lines = named.split("\n");
  const block = (start: number): { out: string[]; next: number } => {
    const out: string[] = [];
    let i = start;
    while (i < lines.length) {
      const line = at(lines, i).trim();
      if (line === "//#end") return { out, next: i + 1 };
      const each = /^\/\/#each (\w+) (\w+)$/.exec(line);
      if (each === null) {
        out.push(at(lines, i++));
        continue;
      }
      const [, name, bound] = each as unknown as [string, string, string];
      const count = sizes[bound] ?? Number(bound);
      if (!Number.isInteger(count)) throw new Error(`unroll: ${bound} is no size`);
      const inner = block(i + 1);
      for (let n = 0; n < count; n++) out.push(...inner.out.map((text) => text.replaceAll(`$${name}`, String(n))));
      i = inner.next;
    }
    return { out, next: i };
  };
  return block(0).out.join("\n");
};
