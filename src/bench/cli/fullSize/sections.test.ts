import { describe, expect, it } from "vitest";
import { withSection } from "./sections.ts";

const PAGE = "# Title\n\nIntro.\n\n## One\n\nfirst\n\n### Part\n\nof one\n\n## Two\n\nsecond\n";

describe("a section of a page", () => {
  it("is replaced whole, and the others stay", () => {
    expect(withSection(PAGE, "One", "\nnew\n")).toBe("# Title\n\nIntro.\n\n## One\n\nnew\n\n## Two\n\nsecond\n");
  });

  it("comes last where it is new, and its name is not that of another's beginning", () => {
    expect(withSection(PAGE, "Tw", "new")).toBe(`${PAGE}\n## Tw\n\nnew\n`);
  });
});
