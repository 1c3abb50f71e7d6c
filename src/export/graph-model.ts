import type { JsonObject } from '../core/json.js';
import { graphShape } from './attributes.js';
import type { InferenceGraph, ModelWeight, WeightOwner } from './model-node.js';

/** GraphDef version that the operations belong to (TensorFlow 2.15). */
const producer = 1645;

/** What a model.json says besides its graph. */
export interface ModelDescription {
  readonly inputShape: readonly number[];
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
  { inputShape, classes, metadata, generatedBy }: ModelDescription,
  paths: Readonly<Partial<Record<WeightOwner, string>>>,
): object {
  const tensor = (name: string, shape: readonly number[]) => ({
    [name]: { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: graphShape(shape) },
  });
  const constants = weights.map(({ name, shape, data }) => {
    const dtype = data instanceof Int32Array ? 'DT_INT32' : 'DT_FLOAT';
    const value = { tensor: { dtype, tensorShape: graphShape(shape) } };
    return { name, op: 'Const', attr: { dtype: { type: dtype }, value } };
  });
  const operations = nodes.map((node) =>
    node.op === 'Placeholder' ? { ...node, attr: { ...node.attr, shape: { shape: graphShape([-1, ...inputShape]) } } } : node,
  );
  return {
    format: 'graph-model',
    generatedBy,
    convertedBy: null,
    signature: { inputs: tensor('input', [-1, ...inputShape]), outputs: tensor('logits', [-1, classes]) },
    userDefinedMetadata: metadata,
    modelTopology: { node: [...constants, ...operations], library: {}, versions: { producer } },
    weightsManifest: Object.entries(paths).map(([owner, path]) => {
      return { paths: [path], weights: weights.filter((weight) => weight.owner === owner).map(entryOf) };
    }),
  };
}

const entryOf = ({ name, shape, data }: ModelWeight) => ({ name, shape, dtype: data instanceof Int32Array ? 'int32' : 'float32' });

/** The content of a weight file: arrays one behind the other, little-endian. */
export function weightBytes(weights: readonly ModelWeight[]): Uint8Array {
  return Buffer.concat(weights.map(({ data: { buffer, byteOffset, byteLength } }) => Buffer.from(buffer, byteOffset, byteLength)));
}
