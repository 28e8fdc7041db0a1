/**
 * The messages of onnx.proto (IR version 11 and before) that a graph needs, written over the protobuf wire format. Field numbers
 * are those of the ONNX specification; `onnx.proto` names stand beside them.
 */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { at } from "../present.ts";

/** TensorProto.DataType */
export const ELEMENT = { FLOAT: 1, UINT8: 2, INT8: 3, INT64: 7, BOOL: 9 } as const;
/** AttributeProto.AttributeType */
const ATTRIBUTE = { FLOAT: 1, INT: 2, INTS: 7 } as const;

export type AttributeValue = { int: number } | { float: number } | { ints: number[] };

export interface OnnxNode {
  op: string;
  /** Whose operator it is; empty for ONNX's own. */
  domain: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, AttributeValue>;
}

/** An initializer with its bytes in the graph, or in a data file beside it. */
export interface OnnxTensor {
  name: string;
  element: number;
  dims: number[];
  data: Uint8Array | { file: string; offset: number; bytes: number };
}

/** A graph input or output; string dimensions are symbolic. */
export interface OnnxValue {
  name: string;
  element: number;
  dims: (number | string)[];
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: OnnxTensor[];
  inputs: OnnxValue[];
  outputs: OnnxValue[];
}

type Write = (writer: BinaryWriter) => void;

const message = (writer: BinaryWriter, field: number, write: Write): void => {
  writer.tag(field, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
};
const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);
const int = (writer: BinaryWriter, field: number, value: number) => writer.tag(field, WireType.Varint).int64(value);

/** ModelProto: ir_version 1, producer_name 2, producer_version 3, graph 7, opset_import 8. */
export const encodeModel = (
  graph: OnnxGraph,
  options: { irVersion: number; opset: number; producer: string; version: string },
): Uint8Array<ArrayBuffer> => {
  const writer = new BinaryWriter();
  int(writer, 1, options.irVersion);
  text(writer, 2, options.producer);
  text(writer, 3, options.version);
  message(writer, 7, (inner) => writeGraph(inner, graph));
  // OperatorSetIdProto: domain 1 (empty: the standard operators), version 2.
  message(writer, 8, (inner) => void int(inner, 2, options.opset));
  for (const domain of new Set(graph.nodes.flatMap((node) => (node.domain === "" ? [] : [node.domain]))))
    message(writer, 8, (inner) => void int(text(inner, 1, domain), 2, 1));
  return new Uint8Array(writer.finish());
};

/** GraphProto: node 1, name 2, initializer 5, input 11, output 12. */
const writeGraph = (writer: BinaryWriter, graph: OnnxGraph): void => {
  for (const node of graph.nodes) message(writer, 1, (inner) => writeNode(inner, node));
  text(writer, 2, graph.name);
  for (const tensor of graph.initializers) message(writer, 5, (inner) => writeTensor(inner, tensor));
  for (const value of graph.inputs) message(writer, 11, (inner) => writeValue(inner, value));
  for (const value of graph.outputs) message(writer, 12, (inner) => writeValue(inner, value));
};

/** NodeProto: input 1, output 2, name 3, op_type 4, attribute 5, domain 7. */
const writeNode = (writer: BinaryWriter, { op, domain, inputs, outputs, attributes }: OnnxNode): void => {
  for (const input of inputs) text(writer, 1, input);
  for (const output of outputs) text(writer, 2, output);
  text(writer, 3, at(outputs, 0));
  text(writer, 4, op);
  for (const [name, value] of Object.entries(attributes))
    message(writer, 5, (inner) => writeAttribute(inner, name, value));
  if (domain !== "") text(writer, 7, domain);
};

/** AttributeProto: name 1, f 2, i 3, ints 8, type 20. */
const writeAttribute = (writer: BinaryWriter, name: string, value: AttributeValue): void => {
  text(writer, 1, name);
  if ("float" in value) writer.tag(2, WireType.Bit32).float(value.float);
  else if ("int" in value) int(writer, 3, value.int);
  else for (const item of value.ints) int(writer, 8, item);
  int(writer, 20, "float" in value ? ATTRIBUTE.FLOAT : "int" in value ? ATTRIBUTE.INT : ATTRIBUTE.INTS);
};

/** TensorProto: dims 1, data_type 2, name 8, raw_data 9, external_data 13, data_location 14 (1: external). */
const writeTensor = (writer: BinaryWriter, { name, element, dims, data }: OnnxTensor): void => {
  for (const dim of dims) int(writer, 1, dim);
  int(writer, 2, element);
  text(writer, 8, name);
  if (data instanceof Uint8Array) {
    writer.tag(9, WireType.LengthDelimited).bytes(data);
    return;
  }
  const entries = { location: data.file, offset: String(data.offset), length: String(data.bytes) };
  // StringStringEntryProto: key 1, value 2.
  for (const [key, value] of Object.entries(entries))
    message(writer, 13, (inner) => void text(text(inner, 1, key), 2, value));
  int(writer, 14, 1);
};

/** ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1; Tensor: elem_type 1, shape 2; shape: dim 1; dim: dim_value 1, dim_param 2. */
const writeValue = (writer: BinaryWriter, { name, element, dims }: OnnxValue): void => {
  text(writer, 1, name);
  message(writer, 2, (type) =>
    message(type, 1, (tensor) => {
      int(tensor, 1, element);
      message(tensor, 2, (shape) => {
        for (const dim of dims)
          message(shape, 1, (inner) => void (typeof dim === "number" ? int(inner, 1, dim) : text(inner, 2, dim)));
      });
    }),
  );
};
