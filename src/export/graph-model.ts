import { dtypeOf, type Input } from '../core/input.js';
import type { JsonObject } from '../core/json.js';
import { graphShape } from './attributes.js';
import type { InferenceGraph, ModelWeight, WeightOwner } from './model-node.js';

/** GraphDef version that the operations belong to (TensorFlow 2.15). */
const producer = 1645;

/** What a model.json says besides its graph. */
export interface ModelDescription {
  readonly input: Pick<Input, 'shape' | 'dtype'>;
  readonly classes: number;
  /** For people and programs that have the model without its manifest. */
  readonly metadata: JsonObject;
  readonly generatedBy: string;
}

/**
 * The model.json of a graph, as tfjs reads it (tfjs-converter, format `graph-model`).
 *
 * @param paths where the weight files will be, from model.json
 */
export function graphModel(
  { nodes, weights }: InferenceGraph,
  { input, classes, metadata, generatedBy }: ModelDescription,
  paths: Readonly<Partial<Record<WeightOwner, string>>>,
): object {
  const tensor = (name: string, shape: readonly number[], dtype: Input['dtype']) => ({
    [name]: { name: `${name}:0`, dtype: typeName[dtype], tensorShape: graphShape(shape) },
  });
  const inputShape = [-1, ...input.shape];
  const constants = weights.map(({ name, shape, data }) => {
    const dtype = typeName[dtypeOf(data)];
    const value = { tensor: { dtype, tensorShape: graphShape(shape) } };
    return { name, op: 'Const', attr: { dtype: { type: dtype }, value } };
  });
  const operations = nodes.map((node) =>
    node.op === 'Placeholder' ? { ...node, attr: { ...node.attr, shape: { shape: graphShape(inputShape) } } } : node,
  );
  return {
    format: 'graph-model',
    generatedBy,
    convertedBy: null,
    signature: { inputs: tensor('input', inputShape, input.dtype), outputs: tensor('logits', [-1, classes], 'float32') },
    userDefinedMetadata: metadata,
    modelTopology: { node: [...constants, ...operations], library: {}, versions: { producer } },
    weightsManifest: Object.entries(paths).map(([owner, path]) => {
      return { paths: [path], weights: weights.filter((weight) => weight.owner === owner).map(entryOf) };
    }),
  };
}

/** TensorFlow's names of types. */
const typeName = { float32: 'DT_FLOAT', int32: 'DT_INT32' } as const;

const entryOf = ({ name, shape, data }: ModelWeight) => ({ name, shape, dtype: dtypeOf(data) });

/** The content of a weight file: arrays one behind the other, little-endian. */
export function weightBytes(weights: readonly ModelWeight[]): Uint8Array {
  return Buffer.concat(weights.map(({ data: { buffer, byteOffset, byteLength } }) => Buffer.from(buffer, byteOffset, byteLength)));
}
