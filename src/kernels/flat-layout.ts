import { StudioError } from "../domain/errors.ts";

/** Names, shapes and places of matrices in one flat buffer, in the given order, each at a multiple of `alignment` elements. */
export class FlatLayout {
  readonly names: readonly string[];
  /** Elements of the flat buffer, gaps included. */
  readonly size: number;
  readonly #places = new Map<string, { offset: number; shape: [number, number] }>();

  constructor(
    shapes: readonly { name: string; shape: [number, number] }[],
    readonly alignment = 1,
  ) {
    this.names = shapes.map(({ name }) => name);
    let offset = 0;
    for (const { name, shape } of shapes) {
      this.#places.set(name, { offset, shape });
      offset += Math.ceil((shape[0] * shape[1]) / alignment) * alignment;
    }
    this.size = offset;
  }

  at(name: string): { offset: number; shape: [number, number] } {
    const place = this.#places.get(name);
    if (place === undefined) throw unknown(name);
    return place;
  }

  /** The values, when they have the parameter's size. */
  checked(name: string, values: Float32Array): Float32Array {
    const { shape } = this.at(name);
    if (values.length !== shape[0] * shape[1])
      throw new StudioError(
        "adapter-mismatch",
        `Parameter ${name} has ${values.length} values where its shape [${shape.join(", ")}] takes ${shape[0] * shape[1]}.`,
        "Use an adapter that was made for this base model and rank.",
      );
    return values;
  }

  checkNames(values: ReadonlyMap<string, unknown>): void {
    for (const name of values.keys()) this.at(name);
  }

  /** Each parameter's part of `flat`; views, not copies. */
  split(flat: Float32Array): Map<string, Float32Array> {
    return new Map(
      this.names.map((name) => {
        const { offset, shape } = this.at(name);
        return [name, flat.subarray(offset, offset + shape[0] * shape[1])];
      }),
    );
  }
}

const unknown = (name: string): StudioError =>
  new StudioError(
    "adapter-mismatch",
    `There is no parameter ${name}.`,
    "Use an adapter that was made for this base model and rank.",
  );
