import { at } from "../present.ts";
import type { DataEntry } from "./dataLayout.ts";
import { ELEMENT, type AttributeValue, type OnnxGraph, type OnnxTensor, type OnnxValue } from "./proto.ts";

/** Operators that are onnxruntime's own. */
const MICROSOFT = "com.microsoft";
const CONTRIBUTED = new Set(["MatMulNBits"]);

const ELEMENTS = { F32: ELEMENT.FLOAT, I8: ELEMENT.INT8, U8: ELEMENT.UINT8 } as const;

/** Collects the nodes and initializers of a graph; every method gives the name of the value that it makes. */
export class GraphBuilder {
  private readonly graph: OnnxGraph;
  private readonly constants = new Map<string, string>();
  private count = 0;

  constructor(name: string, inputs: OnnxValue[], outputs: OnnxValue[]) {
    this.graph = { name, nodes: [], initializers: [], inputs, outputs };
  }

  /** A node with one output. */
  op(op: string, inputs: string[], attributes: Record<string, AttributeValue> = {}, output?: string): string {
    return at(this.split(op, inputs, 1, attributes, output), 0);
  }

  /** A node with several outputs. */
  split(
    op: string,
    inputs: string[],
    outputs: number,
    attributes: Record<string, AttributeValue> = {},
    output?: string,
  ): string[] {
    const names = Array.from({ length: outputs }, () => output ?? `${op.toLowerCase()}_${this.count++}`);
    this.graph.nodes.push({ op, domain: CONTRIBUTED.has(op) ? MICROSOFT : "", inputs, outputs: names, attributes });
    return names;
  }

  /** Integers held in the graph itself; a scalar without `dims`. Equal constants are one. */
  ints(values: number[], dims: number[] = [values.length]): string {
    return this.constant(
      `i_${dims.join("x")}_${values.join("_")}`,
      ELEMENT.INT64,
      dims,
      BigInt64Array.from(values, BigInt),
    );
  }

  /** An F32 scalar held in the graph itself. */
  float(value: number): string {
    return this.constant(`f_${value}`, ELEMENT.FLOAT, [], Float32Array.of(value));
  }

  /** A tensor in a data file. */
  external({ name, element, dims, offset, bytes }: DataEntry, file: string): string {
    return this.initializer({ name, element: ELEMENTS[element], dims, data: { file, offset, bytes } });
  }

  finish(): OnnxGraph {
    return this.graph;
  }

  private constant(name: string, element: number, dims: number[], values: BigInt64Array | Float32Array): string {
    if (!this.constants.has(name)) {
      this.constants.set(name, name);
      this.initializer({ name, element, dims, data: new Uint8Array(values.buffer) });
    }
    return name;
  }

  private initializer(tensor: OnnxTensor): string {
    this.graph.initializers.push(tensor);
    return tensor.name;
  }
}
