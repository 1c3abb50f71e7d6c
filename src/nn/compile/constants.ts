import type { Binding, TensorMetadata } from '../backend.js';
import { constantNode, operationNode, type GraphNode, type TensorType } from './graph.js';

/** The tensors of a graph that do not depend on its inputs. */
export interface Constants {
  /** The node of this tensor, added to the graph when it is not there. */
  nodeOf(id: number): string;
  /** Tells that this tensor is what a node of the graph gives. */
  set(id: number, endpoint: string): void;
}

/** Constants of up to so many elements share a node with equal ones: shapes, axes, scalars. */
const smallConstant = 16;

/** @param add adds a node to the graph and gives its name */
export function createConstants(native: Binding, add: (prefix: string, node: (name: string) => GraphNode) => string): Constants {
  const byId = new Map<number, string>();
  const byValue = new Map<string, string>();

  const shared = (type: TensorType, data: Uint8Array): string => {
    const key = `${type.dtype} [${type.shape.join()}] ${data.join()}`;
    const node = byValue.get(key) ?? add('Const', (name) => constantNode(name, type, data));
    byValue.set(key, node);
    return node;
  };

  /** One value everywhere, however large: not written out, but filled in by TensorFlow. */
  const filled = ({ dtype, shape }: TensorType, element: Uint8Array): string => {
    const { TF_ATTR_TYPE: type, TF_INT32: int32 } = native;
    const sides = shared({ dtype: int32, shape: [shape.length] }, bytesOf(Int32Array.from(shape)));
    const value = shared({ dtype, shape: [] }, element);
    const attributes = [
      { name: 'T', type, value: dtype },
      { name: 'index_type', type, value: int32 },
    ];
    return add('Fill', (name) => operationNode(name, 'Fill', [sides, value], attributes, [{ dtype, shape }]));
  };

  const make = (id: number): string => {
    const type = typeOf(native, id);
    const values = native.tensorDataSync(id);
    const data = bytesOf(values);
    if (values.length <= smallConstant) return shared(type, data);
    const { BYTES_PER_ELEMENT: width } = values;
    if (isUniform(data, width)) return filled(type, data.slice(0, width));
    return add('Const', (name) => constantNode(name, type, data));
  };

  return {
    nodeOf(id) {
      const node = byId.get(id) ?? make(id);
      byId.set(id, node);
      return node;
    },
    set(id, endpoint) {
      byId.set(id, endpoint);
    },
  };
}

/** Type and shape of a handle: what Identity gives. */
export function typeOf(native: Binding, id: number): TensorType {
  const [copy] = native.executeOp('Identity', [], [id], 1) as [TensorMetadata];
  native.deleteTensor(copy.id);
  return { dtype: copy.dtype, shape: copy.shape };
}

/** True when each byte equals the one an element before it. */
const isUniform = (data: Uint8Array, width: number) => data.every((byte, i) => i < width || byte === data[i - width]);

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);
