import { defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from "@jax-js/jax";
import { modelTensors } from "../domain/modelConfig.ts";
import { at, entry, present } from "../domain/present.ts";
import {
  LEARNING_RATE,
  LORA,
  loraValues,
  padded,
  rotary,
  SCALE,
  type BenchModel,
  type TrainingPeer,
} from "./workload.ts";

type A = np.Array;
type Tree = Record<string, A>;

/** An array of a tree; the caller takes it. */
const take = (tree: Tree, name: string): A => present(tree[name], name);
/** A further reference to an array of a tree, which stays there. */
const shared = (tree: Tree, name: string): A => take(tree, name).ref;

/**
 * The training step in jax-js: padded batches, `jit(valueAndGrad(loss))` over the LoRA parameters, Adam written with its
 * arrays in a second `jit`. Arrays are owned: every use but the last takes `.ref`.
 */
export const jaxJsPeer = async (model: BenchModel): Promise<TrainingPeer> => {
  await init("webgpu");
  defaultDevice("webgpu");
  const { config } = model;
  const { heads, kvHeads, headDim, rmsEps } = config;
  const scaling = LORA.alpha / LORA.rank;

  const frozen: Tree = {};
  for (const [name, shape] of modelTensors(config)) frozen[name] = np.array(entry(model.weights, name)).reshape(shape);
  let params: Tree = {};
  let first: Tree = {};
  let second: Tree = {};
  for (const [name, { shape, values }] of loraValues(config)) {
    params[name] = np.array(values).reshape(shape);
    first[name] = np.zeros(shape);
    second[name] = np.zeros(shape);
  }

  const norm = (x: A, weight: A) => {
    const inverse = np.sqrt(np.mean(np.square(x.ref), -1, { keepdims: true }).add(rmsEps));
    return x.div(inverse).mul(weight);
  };

  /** texts [rows, length] of ids → [rows, hidden], L2-normalized. Consumes its arguments but not `p` and `w`. */
  const embed = (p: Tree, w: Tree, ids: A, last: A, cos: A, sin: A, rows: number, length: number): A => {
    const linear = (x: A, name: string) => {
      const low = np.matmul(
        np.matmul(x.ref, shared(p, `${name}.lora_A`).transpose()),
        shared(p, `${name}.lora_B`).transpose(),
      );
      return np.matmul(x, shared(w, `${name}.weight`).transpose()).add(low.mul(scaling));
    };
    const rope = (x: A) => {
      const [left, right] = np.split(x, 2, -1) as [A, A];
      const a = left.ref.mul(cos.ref).sub(right.ref.mul(sin.ref));
      const b = right.mul(cos.ref).add(left.mul(sin.ref));
      return np.concatenate([a, b], -1);
    };
    let x = np.take(shared(w, "embed_tokens.weight"), ids, 0);
    for (let layer = 0; layer < config.layers; layer += 1) {
      const prefix = `layers.${layer}`;
      const h = norm(x.ref, shared(w, `${prefix}.input_layernorm.weight`));
      const q = rope(
        norm(
          linear(h.ref, `${prefix}.self_attn.q_proj`).reshape([rows, length, heads, headDim]),
          shared(w, `${prefix}.self_attn.q_norm.weight`),
        ),
      );
      const k = rope(
        norm(
          linear(h.ref, `${prefix}.self_attn.k_proj`).reshape([rows, length, kvHeads, headDim]),
          shared(w, `${prefix}.self_attn.k_norm.weight`),
        ),
      );
      const v = linear(h, `${prefix}.self_attn.v_proj`).reshape([rows, length, kvHeads, headDim]);
      const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([rows * length, heads * headDim]);
      x = x.add(linear(mixed, `${prefix}.self_attn.o_proj`));
      const m = norm(x.ref, shared(w, `${prefix}.post_attention_layernorm.weight`));
      const gate = linear(m.ref, `${prefix}.mlp.gate_proj`);
      const up = linear(m, `${prefix}.mlp.up_proj`);
      x = x.add(linear(nn.silu(gate).mul(up), `${prefix}.mlp.down_proj`));
    }
    cos.dispose();
    sin.dispose();
    const pooled = np.take(norm(x, shared(w, "norm.weight")), last, 0);
    const length2 = np.sqrt(np.sum(np.square(pooled.ref), -1, { keepdims: true }));
    return pooled.div(length2);
  };

  type Input = Record<"ids" | "last" | "cos" | "sin", A>;
  type Inputs = { q: Input; d: Input };
  const compiled = new Map<string, (p: Tree, w: Tree, inputs: Inputs) => [A, Tree]>();
  const lossAndGradient = (rows: number, queryLength: number, documentLength: number) => {
    const key = `${rows},${queryLength},${documentLength}`;
    let found = compiled.get(key);
    if (!found) {
      const loss = (p: Tree, w: Tree, { q, d }: Inputs): A => {
        const a = embed(p, w, q.ids, q.last, q.cos, q.sin, rows, queryLength);
        const b = embed(p, w, d.ids, d.last, d.cos, d.sin, rows, documentLength);
        for (const tree of [p, w]) for (const leaf of Object.values(tree)) leaf.dispose();
        const similarity = np.matmul(a, b.transpose()).mul(SCALE);
        const right = np.sum(similarity.ref.mul(np.eye(rows)), 1);
        return np.mean(nn.logsumexp(similarity, 1).sub(right));
      };
      found = jit(valueAndGrad(loss));
      compiled.set(key, found);
    }
    return found;
  };

  const adam = jit((p: Tree, g: Tree, m: Tree, v: Tree, rate: A, c1: A, c2: A): { p: Tree; m: Tree; v: Tree } => {
    const next = { p: {} as Tree, m: {} as Tree, v: {} as Tree };
    for (const name of Object.keys(p)) {
      const moment = take(m, name).mul(0.9).add(shared(g, name).mul(0.1));
      const square = take(v, name)
        .mul(0.999)
        .add(np.square(take(g, name)).mul(0.001));
      const update = moment.ref
        .div(c1.ref)
        .div(np.sqrt(square.ref.div(c2.ref)).add(1e-8))
        .mul(rate.ref);
      next.p[name] = take(p, name).sub(update);
      next.m[name] = moment;
      next.v[name] = square;
    }
    for (const scalar of [rate, c1, c2]) scalar.dispose();
    return next;
  });

  const inputOf = (texts: number[][]) => {
    const { ids, last, length } = padded(texts);
    const { cos, sin, half } = rotary(length, headDim, config.ropeTheta);
    return {
      length,
      tree: {
        ids: np.array(ids, { dtype: np.int32 }),
        last: np.array(last, { dtype: np.int32 }),
        cos: np.array(cos).reshape([1, length, 1, half]),
        sin: np.array(sin).reshape([1, length, 1, half]),
      },
    };
  };
  const sharedTree = (tree: Tree): Tree =>
    Object.fromEntries(Object.entries(tree).map(([name, leaf]) => [name, leaf.ref]));
  let steps = 0;

  return {
    name: "jax-js",
    async step({ queries, documents }) {
      steps += 1;
      const q = inputOf(queries);
      const d = inputOf(documents);
      const [loss, gradient] = lossAndGradient(queries.length, q.length, d.length)(
        sharedTree(params),
        sharedTree(frozen),
        {
          q: q.tree,
          d: d.tree,
        },
      );
      const next = adam(
        params,
        gradient,
        first,
        second,
        np.array(LEARNING_RATE),
        np.array(1 - 0.9 ** steps),
        np.array(1 - 0.999 ** steps),
      );
      params = next.p;
      first = next.m;
      second = next.v;
      await Promise.all(Object.values(params).map((leaf) => leaf.blockUntilReady()));
      return at(await loss.data(), 0);
    },
    dispose() {
      for (const tree of [frozen, params, first, second]) for (const leaf of Object.values(tree)) leaf.dispose();
    },
  };
};
