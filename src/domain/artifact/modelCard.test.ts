import { beforeAll, describe, expect, test } from "vitest";
import { diskModel, tinyBase } from "../../testing/modelFiles.ts";
import { TINY_BASE } from "../bases.ts";
import { present } from "../present.ts";
import { buildArtifact, testFacts, type ArtifactInput } from "./index.ts";
import { sampleInput } from "./sample.ts";

let input: ArtifactInput;
beforeAll(async () => {
  input = await sampleInput(diskModel(tinyBase));
});
const cardOf = async (of: ArtifactInput): Promise<string> =>
  new TextDecoder().decode((await buildArtifact(of)).find(({ path }) => path === "README.md")!.bytes);

describe("the model card", () => {
  test("parts a test of enough questions by length and shared words, with the change of each kind", async () => {
    const texts = Array.from({ length: 40 }, (_, i) =>
      i < 20 ? `word${i}` : `a longer question of eight words here ${i}`,
    );
    const task = {
      queries: texts.map((text, i) => ({ text, relevant: [i], component: i })),
      corpus: texts.map((text, i) => (i < 20 ? `nothing${i}x` : text)),
    };
    const { components, kinds } = testFacts(task);
    expect(components).toHaveLength(40);
    expect(kinds.map(({ name, queries }) => [name, queries.length])).toEqual([
      ["up to 5 words", 20],
      ["6 to 12 words", 20],
      ["no word in common", 20],
      ["half of the words or more", 20],
    ]);
    const evaluation = {
      ...present(input.evaluation, "evaluation"),
      kinds: [{ name: "up to 5 words", queries: [0, 2] }],
    };
    const card = await cardOf({ ...input, evaluation });
    expect(card).toContain(
      "By kind of question, change of recall@10 in points with its 95 % interval: up to 5 words (2 questions) +50.0 [",
    );
    expect(card).toContain("Not measured by language or topic, and not on");
    expect(await cardOf(input)).toContain("Not measured by language or topic, nor by length, and not on");
  });

  test("the card has the measured scores and cannot be broken by a name", async () => {
    const card = await cardOf(input);
    expect(card).toContain("# sample \\| run");
    expect(card).toContain("| recall@10 | 33.3 | 66.7 | +33.3 [−10.0, +70.0] | not decided |");
    expect(card.startsWith("---\n")).toBe(true);
    expect(card).not.toContain("base_model:");
    expect(card).toContain("A text is cut after 256 tokens");
    expect(card).toContain("widget:\n- source_sentence: ");
    expect(card).toContain("split: test}");
    expect(card).toContain("Of the test queries 1 are found better than by the base, 0 worse, 2 as well (recall@10).");
    expect(card).toContain("a change of recall@10 from about 100.0 points on");
    expect(card).toContain("Not decided by the test: recall@10.");
    // The licence of weights that are not known is not made up.
    expect(card).not.toContain("license:");
    expect(card).toContain("its licence holds for this model too");
  });

  test("the card names the licence of a known base, and says of a model without a test that nothing is known", async () => {
    const card = await cardOf({ ...input, baseSha256: TINY_BASE.sha256, evaluation: null });
    expect(card).toContain("\nlicense: apache-2.0\n");
    expect(card).toContain("Nothing is known of its quality: it was not measured.");
    expect(card).not.toContain("model-index");
  });
});
