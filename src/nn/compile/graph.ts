import { backend, type OpAttribute } from '../backend.js';
import { bytes, float, floats, integer, integers, join, message, text } from './protobuf.js';

/** Type (TensorFlow's number for it) and shape of a tensor. */
export interface TensorType {
  readonly dtype: number;
  readonly shape: readonly number[];
}

/** One operation of a graph. An input is an endpoint: `node`, or `node:output` for others than the first. */
export interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  /** Attribute values in protocol-buffer form. */
  readonly attributes: readonly (readonly [name: string, value: Uint8Array])[];
  /** Types of its outputs, where they are known. */
  readonly outputs?: readonly TensorType[];
}

/** A name for a node; none may begin with an underscore, as names of operations may. */
export const nodeName = (op: string, index: number) => `${op.replace(/^_/, '')}_${index}`;

export const endpoint = (node: string, output: number) => (output === 0 ? node : `${node}:${output}`);

/** A TensorFlow graph with the nodes that are fed and fetched. */
export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly inputs: readonly string[];
  readonly outputs: readonly ({ readonly name: string; readonly node: string } & TensorType)[];
}

/** A value that is fed on every run. */
export function placeholderNode(name: string, type: TensorType): GraphNode {
  const { dtype, shape } = type;
  return {
    name,
    op: 'Placeholder',
    inputs: [],
    attributes: [
      ['dtype', typeValue(dtype)],
      ['shape', shapeValue(shape)],
    ],
    outputs: [type],
  };
}

/** A value that never changes; `data` as it lies in memory. */
export function constantNode(name: string, type: TensorType, data: Uint8Array): GraphNode {
  const { dtype, shape } = type;
  const tensor = message(8, integer(1, dtype), message(2, shapeFields(shape)), bytes(4, data));
  return {
    name,
    op: 'Const',
    inputs: [],
    attributes: [
      ['dtype', typeValue(dtype)],
      ['value', tensor],
    ],
    outputs: [type],
  };
}

/** Another name for a value. */
export function identityNode(name: string, input: string, dtype: number): GraphNode {
  return { name, op: 'Identity', inputs: [input], attributes: [['T', typeValue(dtype)]] };
}

/**
 * Tells TensorFlow's graph optimizer that a sum has been dealt with. It would merge sums of sums into one AddN, which adds in the order in which
 * buffers happen to become free: the last digits would change from run to run.
 */
const keepOrderOfSums = ['_grappler_ArithmeticOptimizer_AddOpsRewriteStage', integer(5, 1)] as const;

/** An operation with the attributes that the eager binding was given. */
export function operationNode(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: readonly OpAttribute[],
  outputs?: readonly TensorType[],
): GraphNode {
  const own = attributes.map((attribute) => [attribute.name, attributeValue(attribute)] as const);
  return { name, op, inputs, attributes: op === 'Add' || op === 'AddV2' ? [...own, keepOrderOfSums] : own, ...(outputs && { outputs }) };
}

/** The graph as the bytes of a `saved_model.pb` with the tag `serve` (fields: tensorflow/core/protobuf/saved_model.proto). */
export function encodeSavedModel(nodes: readonly GraphNode[]): Uint8Array {
  const versions = message(4, integer(1, producer));
  const graph = message(2, ...nodes.map(encodeNode), versions);
  const information = message(1, text(4, 'serve'), text(5, backend.binding.TF_Version));
  return join([integer(1, 1), message(2, information, graph)]);
}

/** GraphDef version of the TensorFlow release whose operations tfjs-node calls (2.15). */
const producer = 1645;

/** NodeDef: tensorflow/core/framework/node_def.proto. */
function encodeNode({ name, op, inputs, attributes }: GraphNode): Uint8Array {
  return message(
    1,
    text(1, name),
    text(2, op),
    ...inputs.map((input) => text(3, input)),
    ...attributes.map(([key, value]) => message(5, text(1, key), bytes(2, value))),
  );
}

/** AttrValue: tensorflow/core/framework/attr_value.proto; lists are its field 1. */
function attributeValue({ name, type, value }: OpAttribute): Uint8Array {
  const { binding } = backend;
  switch (type) {
    case binding.TF_ATTR_STRING:
      return text(2, String(value));
    case binding.TF_ATTR_INT:
      return Array.isArray(value) ? message(1, integers(3, value as number[])) : integer(3, Number(value));
    case binding.TF_ATTR_FLOAT:
      return Array.isArray(value) ? message(1, floats(4, value as number[])) : float(4, Number(value));
    case binding.TF_ATTR_BOOL:
      return Array.isArray(value) ? message(1, integers(5, value.map(Number))) : integer(5, Number(value));
    case binding.TF_ATTR_TYPE:
      return typeValue(Number(value));
    case binding.TF_ATTR_SHAPE:
      return shapeValue(value as number[]);
    default:
      throw new TypeError(`its attribute ${name} is of a kind that has no graph form (${type})`);
  }
}

const typeValue = (dtype: number) => integer(6, dtype);
const shapeValue = (shape: readonly number[]) => message(7, shapeFields(shape));
const shapeFields = (shape: readonly number[]) => join(shape.map((length) => message(2, integer(1, length))));
