import { peftName } from "../artifact/adapter.ts";
import type { LoraSettings } from "../artifact/adapterConfig.ts";
import { projectionPath, projectionShape, type ModelConfig, type Projection } from "../modelConfig.ts";
import { entry } from "../present.ts";
import { adapterLayout, baseLayout, BLOCK, type OnnxType } from "./dataLayout.ts";
import { GraphBuilder } from "./graphBuilder.ts";
import { ELEMENT, type OnnxGraph } from "./proto.ts";

/** Names of the data files, relative to the graph's own place. */
export interface DataFiles {
  base: string;
  adapter: string;
}

/** In which operators and numbers a graph is written. */
export interface GraphStyle {
  /** `operator`: RMSNormalization, which came with opset 23; `plain`: what it is made of, for older runtimes. */
  norm: "operator" | "plain";
  weights: OnnxType;
  /** Whose states are given: of all positions, or of the last one alone, which is all that a batch padded on the left is pooled from. */
  states: "all" | "last";
}

/** Finite, so that rows of padding (which may attend to nothing) do not become NaN. */
const MASKED = -1e9;

/**
 * The Qwen3 embedding model as an ONNX graph: `input_ids`, `attention_mask` int64 [batch, sequence] (left or right
 * padding) → `last_hidden_state` F32 [batch, sequence, hidden], after the final norm. With an adapter, x·Wᵀ becomes
 * x·Wᵀ + (x·Aᵀ)·(scaling·Bᵀ). With states of the last position alone it is [batch, 1, hidden], and the last layer's queries, MLP
 * and both norms behind its attention are computed for that position only; keys and values still come from all.
 *
 * Plain operators only: the attention operators of the runtimes differ between CPU, WASM and WebGPU, and in-graph sines
 * lose precision on GPUs, so the rotary tables are data. 8-bit matrices are multiplied by onnxruntime's MatMulNBits, with
 * activations in 8 bits too (accuracy level 4).
 */
export const qwen3Graph = (
  config: ModelConfig,
  adapter: LoraSettings | null,
  files: DataFiles,
  style: GraphStyle,
): OnnxGraph => {
  const tokens = (name: string) => ({ name, element: ELEMENT.INT64, dims: ["batch", "sequence"] });
  const graph = new GraphBuilder(
    "qwen3_embedding",
    [tokens("input_ids"), tokens("attention_mask")],
    [
      {
        name: "last_hidden_state",
        element: ELEMENT.FLOAT,
        dims: ["batch", style.states === "all" ? "sequence" : 1, config.hidden],
      },
    ],
  );
  const weights = weightsOf(graph, config, adapter, files, style.weights);
  const normalized = style.norm === "operator" ? rmsNorm : plainRmsNorm;
  const { cos, sin } = rotation(graph, weights);
  const mask = additiveMask(graph);
  let x = weights.embedded("input_ids");
  for (let layer = 0; layer < config.layers; layer++) {
    const norm = (value: string, name: string) =>
      normalized(graph, config, value, weights.base(`layers.${layer}.${name}.weight`));
    const linear = (value: string, projection: Projection) => weights.linear(value, layer, projection);
    const normed = norm(x, "input_layernorm");
    /** The positions that are still needed, counted along `axis`. */
    const needed = (value: string, axis: number) =>
      style.states === "last" && layer === config.layers - 1 ? lastOf(graph, value, axis) : value;
    const asking = linear(needed(normed, 1), "q_proj");
    const q = rotate(
      graph,
      headsFirst(graph, norm(heads(graph, asking, config.heads, config), "self_attn.q_norm")),
      needed(cos, 2),
      needed(sin, 2),
    );
    const k = rotate(
      graph,
      headsFirst(graph, norm(heads(graph, linear(normed, "k_proj"), config.kvHeads, config), "self_attn.k_norm")),
      cos,
      sin,
    );
    const v = headsFirst(graph, heads(graph, linear(normed, "v_proj"), config.kvHeads, config));
    const attended = attention(graph, config, q, k, v, needed(mask, 2));
    x = graph.op("Add", [needed(x, 1), linear(attended, "o_proj")]);
    const after = norm(x, "post_attention_layernorm");
    const gate = linear(after, "gate_proj");
    const activated = graph.op("Mul", [graph.op("Mul", [gate, graph.op("Sigmoid", [gate])]), linear(after, "up_proj")]);
    x = graph.op("Add", [x, linear(activated, "down_proj")]);
  }
  normalized(graph, config, x, weights.base("norm.weight"), "last_hidden_state");
  return graph.finish();
};

const weightsOf = (
  graph: GraphBuilder,
  config: ModelConfig,
  adapter: LoraSettings | null,
  files: DataFiles,
  type: OnnxType,
) => {
  const reader =
    ({ entries }: ReturnType<typeof baseLayout>, file: string) =>
    (name: string) =>
      graph.external(entry(entries, name), file);
  const base = reader(baseLayout(config, type), files.base);
  const factor = adapter && reader(adapterLayout(config, adapter), files.adapter);
  const product = (x: string, weight: string, [N, K]: [number, number]): string =>
    type === "f32"
      ? graph.op("MatMul", [x, base(weight)])
      : graph.op("MatMulNBits", [x, base(`${weight}.q8`), base(`${weight}.scale`)], {
          N: { int: N },
          K: { int: K },
          bits: { int: 8 },
          block_size: { int: BLOCK },
          accuracy_level: { int: 4 },
        });
  const linear = (x: string, layer: number, projection: Projection): string => {
    const weight = `layers.${layer}.${projectionPath(projection)}.weight`;
    const y = product(x, weight, projectionShape(config, projection));
    if (!factor || !adapter.targets.includes(projection)) return y;
    const down = graph.op("MatMul", [x, factor(peftName(layer, projection, "A"))]);
    return graph.op("Add", [y, graph.op("MatMul", [down, factor(peftName(layer, projection, "B"))])]);
  };
  const embedded = (ids: string): string => {
    const rows = (name: string): string => graph.op("Gather", [base(name), ids]);
    if (type === "f32") return rows("embed_tokens.weight");
    const numbers = graph.op("Cast", [rows("embed_tokens.weight.q8")], { to: { int: ELEMENT.FLOAT } });
    const scaled = graph.op("Mul", [numbers, rows("embed_tokens.weight.scale")]);
    return graph.op("Reshape", [scaled, graph.ints([0, 0, config.hidden])]);
  };
  return { base, linear, embedded };
};

const rmsNorm = (graph: GraphBuilder, { rmsEps }: ModelConfig, x: string, scale: string, output?: string): string =>
  graph.op("RMSNormalization", [x, scale], { axis: { int: -1 }, epsilon: { float: rmsEps } }, output);

/** x / sqrt(mean(x²) + eps) · scale, in the form that onnxruntime finds and fuses. */
const plainRmsNorm: typeof rmsNorm = (graph, { rmsEps }, x, scale, output) => {
  const squares = graph.op("Pow", [x, graph.float(2)]);
  const mean = graph.op("ReduceMean", [squares, graph.ints([-1])], { keepdims: { int: 1 } });
  const root = graph.op("Sqrt", [graph.op("Add", [mean, graph.float(rmsEps)])]);
  return graph.op("Mul", [graph.op("Div", [x, root]), scale], {}, output);
};

/** cos and sin of every token's position, [batch, 1, sequence, headDim / 2]; positions count from the first real token. */
const rotation = (graph: GraphBuilder, weights: { base: (name: string) => string }) => {
  const counted = graph.op("CumSum", ["attention_mask", graph.ints([1], [])]);
  const positions = graph.op("Max", [graph.op("Sub", [counted, graph.ints([1], [])]), graph.ints([0], [])]);
  const rows = (table: string) =>
    graph.op("Unsqueeze", [graph.op("Gather", [weights.base(table), positions]), graph.ints([1])]);
  return { cos: rows("rope.cos"), sin: rows("rope.sin") };
};

/** [batch, 1, sequence, sequence]: 0 where a token may look, else {@link MASKED}. */
const additiveMask = (graph: GraphBuilder): string => {
  const length = graph.op("Gather", [graph.op("Shape", ["input_ids"]), graph.ints([1], [])]);
  const index = graph.op("Range", [graph.ints([0], []), length, graph.ints([1], [])]);
  const causal = graph.op("LessOrEqual", [
    graph.op("Unsqueeze", [index, graph.ints([0])]),
    graph.op("Unsqueeze", [index, graph.ints([1])]),
  ]);
  const real = graph.op("Cast", [graph.op("Unsqueeze", ["attention_mask", graph.ints([1, 2])])], {
    to: { int: ELEMENT.BOOL },
  });
  return graph.op("Where", [graph.op("And", [causal, real]), graph.float(0), graph.float(MASKED)]);
};

/** The last entry along an axis, which stays. */
const lastOf = (graph: GraphBuilder, x: string, axis: number): string =>
  graph.op("Gather", [x, graph.ints([-1])], { axis: { int: axis } });

/** [batch, sequence, n·headDim] → [batch, sequence, n, headDim]; 0 keeps a dimension. */
const heads = (graph: GraphBuilder, x: string, n: number, { headDim }: ModelConfig): string =>
  graph.op("Reshape", [x, graph.ints([0, 0, n, headDim])]);

/** [batch, sequence, n, headDim] ↔ [batch, n, sequence, headDim] */
const headsFirst = (graph: GraphBuilder, x: string): string =>
  graph.op("Transpose", [x], { perm: { ints: [0, 2, 1, 3] } });

/** Rotates the pairs (i, i + headDim / 2) of every head. */
const rotate = (graph: GraphBuilder, x: string, cos: string, sin: string): string => {
  const [low, high] = graph.split("Split", [x], 2, { axis: { int: -1 }, num_outputs: { int: 2 } }) as [string, string];
  const times = (a: string, b: string) => graph.op("Mul", [a, b]);
  const first = graph.op("Sub", [times(low, cos), times(high, sin)]);
  const second = graph.op("Add", [times(high, cos), times(low, sin)]);
  return graph.op("Concat", [first, second], { axis: { int: -1 } });
};

/**
 * Grouped-query attention, [batch, sequence, heads·headDim]. The queries of a group stand one below the other,
 * [batch, kvHeads, group·sequence, headDim], so that keys and values are not repeated.
 */
const attention = (graph: GraphBuilder, config: ModelConfig, q: string, k: string, v: string, mask: string): string => {
  const { heads, kvHeads, headDim } = config;
  const reshape = (x: string, dims: number[]) => graph.op("Reshape", [x, graph.ints(dims)]);
  const scaled = graph.op("Mul", [q, graph.float(headDim ** -0.5)]);
  const scores = graph.op("MatMul", [
    reshape(scaled, [0, kvHeads, -1, headDim]),
    graph.op("Transpose", [k], { perm: { ints: [0, 1, 3, 2] } }),
  ]);
  const masked = graph.op("Add", [reshape(scores, [0, heads, -1, 0]), mask]);
  const shares = reshape(graph.op("Softmax", [masked], { axis: { int: -1 } }), [0, kvHeads, -1, 0]);
  const mixed = reshape(graph.op("MatMul", [shares, v]), [0, heads, -1, headDim]);
  return reshape(headsFirst(graph, mixed), [0, 0, heads * headDim]);
};
