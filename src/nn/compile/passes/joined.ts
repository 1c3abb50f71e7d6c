import { backend } from '../../backend.js';
import { constantNode, operationNode, type TensorType } from '../graph.js';
import type { Builder } from '../rewrite.js';

/** The axis of channels in images `[n, h, w, c]` and kernels `[h, w, c, out]`. */
const last = 3;

/** A constant of the graph. */
export function integers(graph: Builder, values: readonly number[], shape: readonly number[] = [values.length]): string {
  const data = new Uint8Array(Int32Array.from(values).buffer);
  return graph.add(constantNode('', { dtype: backend.binding.TF_INT32, shape }, data))[0] as string;
}

/** Tensors of four axes side by side on the last. */
export function join(graph: Builder, tensors: readonly string[]): string {
  if (tensors.length === 1) return tensors[0] as string;
  const { TF_ATTR_TYPE: type, TF_ATTR_INT: integer, TF_INT32: int32 } = backend.binding;
  const types = tensors.map((tensor) => graph.typeOf(tensor));
  const { dtype, shape } = types[0] as TensorType;
  const attributes = [
    { name: 'N', type: integer, value: tensors.length },
    { name: 'Tidx', type, value: int32 },
    { name: 'T', type, value: dtype },
  ];
  const whole = { dtype, shape: [...shape.slice(0, last), types.reduce((sum, each) => sum + (each.shape[last] ?? 0), 0)] };
  const inputs = [...tensors, integers(graph, [last], [])];
  return graph.add(operationNode('', 'ConcatV2', inputs, attributes, [whole]))[0] as string;
}

/** What {@link join} has joined; `types` of the parts. */
export function split(graph: Builder, tensor: string, types: readonly TensorType[]): string[] {
  if (types.length === 1) return [tensor];
  const { TF_ATTR_TYPE: type, TF_ATTR_INT: integer, TF_INT32: int32 } = backend.binding;
  const attributes = [
    { name: 'num_split', type: integer, value: types.length },
    { name: 'T', type, value: graph.typeOf(tensor).dtype },
    { name: 'Tlen', type, value: int32 },
  ];
  const widths = types.map(({ shape }) => shape[last] ?? 0);
  const inputs = [tensor, integers(graph, widths), integers(graph, [last], [])];
  return graph.add(operationNode('', 'SplitV', inputs, attributes, types));
}

/** The tensors that {@link join} or the network has put side by side on the last of four axes; the tensor itself where there are none. */
export function partsOf(graph: Builder, tensor: string): readonly string[] {
  const { op, inputs } = graph.nodeOf(tensor);
  const joined = op === 'ConcatV2' && inputs.at(-1) === integers(graph, [last], []) && graph.typeOf(tensor).shape.length === last + 1;
  return joined ? inputs.slice(0, -1) : [tensor];
}
