import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { FlatLayout } from "../flat-layout.ts";
import type { AdamWState } from "../ops/adamw/adamw.reference.ts";
import type { ParameterStore } from "../types.ts";

type Part = keyof AdamWState;
const PARTS: Part[] = ["values", "gradients", "moment1", "moment2"];

/** The flat store as four tfjs vectors. */
export class TfjsParameterStore implements ParameterStore {
  readonly names: readonly string[];
  readonly size: number;
  readonly #layout: FlatLayout;
  readonly #state: AdamWState;
  #lastNorm = tf.keep(tf.zeros([1])) as Tensor1D;

  constructor(shapes: readonly { name: string; shape: [number, number] }[]) {
    this.#layout = new FlatLayout(shapes);
    this.names = this.#layout.names;
    this.size = this.#layout.size;
    const zeros = () => tf.keep(tf.zeros([this.size])) as Tensor1D;
    this.#state = { values: zeros(), gradients: zeros(), moment1: zeros(), moment2: zeros() };
  }

  get state(): AdamWState {
    return this.#state;
  }

  /** The norm of the step before, [1]: not finite once a run has diverged. */
  get lastNorm(): Tensor1D {
    return this.#lastNorm;
  }

  set lastNorm(norm: Tensor1D) {
    this.#lastNorm.dispose();
    this.#lastNorm = tf.keep(tf.clone(norm));
  }

  shape(name: string): [number, number] {
    return this.#layout.at(name).shape;
  }

  /** A copy of one parameter's values as a matrix. */
  matrix(name: string): Tensor2D {
    const { offset, shape } = this.#layout.at(name);
    return tf.tidy(() => tf.reshape(tf.slice(this.#state.values, [offset], [shape[0] * shape[1]]), shape));
  }

  addGradient(name: string, gradient: Tensor2D): void {
    const { offset } = this.#layout.at(name);
    this.replace(
      "gradients",
      tf.tidy(() =>
        tf.add(
          this.#state.gradients,
          tf.pad(tf.reshape(gradient, [-1]), [[offset, this.size - offset - gradient.size]]),
        ),
      ),
    );
  }

  replace(part: Part, tensor: Tensor1D): void {
    this.#state[part].dispose();
    this.#state[part] = tf.keep(tensor);
  }

  write(values: ReadonlyMap<string, Float32Array>): void {
    this.#merge("values", values);
  }

  writeMoments(moment1: ReadonlyMap<string, Float32Array>, moment2: ReadonlyMap<string, Float32Array>): void {
    this.#merge("moment1", moment1);
    this.#merge("moment2", moment2);
  }

  async read(what: Part): Promise<Map<string, Float32Array>> {
    // A copy, because a CPU backend gives the tensor's own memory.
    return this.#layout.split(((await this.#state[what].data()) as Float32Array).slice());
  }

  clearGradients(): void {
    this.replace("gradients", tf.zeros([this.size]));
    tf.tidy(() => {
      this.lastNorm = tf.zeros([1]);
    });
  }

  dispose(): void {
    for (const part of PARTS) this.#state[part].dispose();
    this.#lastNorm.dispose();
  }

  #merge(part: Part, values: ReadonlyMap<string, Float32Array>): void {
    const merged = tf.tidy(() => {
      const pieces = this.names.map((name) => {
        const given = values.get(name);
        const { offset, shape } = this.#layout.at(name);
        const length = shape[0] * shape[1];
        return given === undefined
          ? tf.slice(this.#state[part], [offset], [length])
          : tf.tensor1d(this.#layout.checked(name, given));
      });
      return tf.concat(pieces) as Tensor1D;
    });
    this.#layout.checkNames(values);
    this.replace(part, merged);
  }
}
