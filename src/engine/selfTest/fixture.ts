import content from "./fixture.json" with { type: "json" };

/** A nano model and what the reference stack computes with it; written by `generate.ts`. Binary parts are base64. */
export interface SelfTestFixture {
  config: object;
  /** safetensors, BF16 */
  model: string;
  /** safetensors with PEFT names, B zero */
  adapter: string;
  rank: number;
  alpha: number;
  sequences: number[][];
  /** float32 [sequences, hidden], computed in float64 */
  embeddings: string;
  /** Pairs of query and document tokens, step by step. */
  batches: [number[], number[]][][];
  learningRate: number;
  warmupSteps: number;
  /** Of each step, computed in float64. */
  losses: number[];
  gradNorms: number[];
  /** What rounding the model's weights from float32 to BF16 changes of the above at most, both computed in float64. */
  weightRounding: { embeddings: number; loss: number; gradNorm: number };
}

export const selfTestFixture = content as unknown as SelfTestFixture;

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
