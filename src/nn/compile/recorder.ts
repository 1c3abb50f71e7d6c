import { LifelongError } from '../../core/errors.js';
import type { Binding, OpAttribute, TensorMetadata } from '../backend.js';
import { createConstants, typeOf } from './constants.js';
import { endpoint, identityNode, nodeName, operationNode, placeholderNode, type Graph, type GraphNode, type TensorType } from './graph.js';
import { createSymbolicTensors } from './symbolic-tensors.js';

/** Stands between tfjs and TensorFlow's binding while a step is traced, and builds the graph. */
export interface Recorder {
  /** A symbolic tensor for an input of the step. */
  input(name: string, type: TensorType): TensorMetadata;
  /** Records that the tensor with this handle is an output of the step. */
  output(name: string, id: number): void;
  readonly executeOp: Binding['executeOp'];
  readonly tensorDataSync: Binding['tensorDataSync'];
  graph(): Graph;
  dispose(): void;
}

/** What the recorder knows of a symbolic tensor: where its value comes from in the graph. */
interface Source extends TensorType {
  readonly endpoint: string;
  /** For messages. */
  readonly described: string;
}

/** Operations whose output's shape depends on values, so that a graph of fixed shapes cannot hold them. */
const dataShaped = /^(Where|Unique(V2|WithCounts(V2)?)?|ListDiff|NonMaxSuppressionV[2-5]|NonMaxSuppression|DynamicPartition)$/;

/** Operations that pass on a tensor, or nothing. */
const controlFlow = new Set(['Switch', '_SwitchN', 'Merge']);

/** Operations for which tfjs leaves out the type of the first input: the eager binding infers it, a graph must be told. */
const untyped = new Set(['ExpandDims']);

export function createRecorder(native: Binding, step: string): Recorder {
  const nodes: GraphNode[] = [];
  const inputs: string[] = [];
  const outputs: Graph['outputs'][number][] = [];
  const sources = new Map<number, Source>();
  const outputTypes = new Map<string, readonly TensorType[]>();
  const symbolicTensors = createSymbolicTensors(native);

  const add = (prefix: string, make: (name: string) => GraphNode): string => {
    const node = make(nodeName(prefix, nodes.length));
    nodes.push(node);
    return node.name;
  };
  const constants = createConstants(native, add);
  const symbolic = (source: Source): TensorMetadata => {
    const id = symbolicTensors.create(source);
    sources.set(id, source);
    return { id, dtype: source.dtype, shape: [...source.shape] };
  };

  const endpointOf = (id: number): string => sources.get(id)?.endpoint ?? constants.nodeOf(id);

  const typeOfFirst = ([id = -1]: readonly number[]): OpAttribute => ({
    name: 'T',
    type: native.TF_ATTR_TYPE,
    value: (sources.get(id) ?? typeOf(native, id)).dtype,
  });

  /** Types of an operation's outputs; each kind of call is executed once. */
  const typesOf = (op: string, attributes: OpAttribute[], ids: number[], count: number): readonly TensorType[] => {
    const arguments_ = ids.map((id) => {
      const source = sources.get(id);
      return source ? `${source.dtype} [${source.shape.join()}]` : constants.nodeOf(id);
    });
    const key = JSON.stringify([op, attributes, arguments_]);
    const known = outputTypes.get(key) ?? controlFlowTypes(op, ids, count);
    if (known) return known;
    const results = native.executeOp(op, attributes, ids, count);
    for (const { id } of results) native.deleteTensor(id);
    outputTypes.set(key, results);
    return results;
  };

  /** Types of what control flow passes on, which cannot be executed outside of a graph; undefined for other operations. */
  const controlFlowTypes = (op: string, [id = -1]: number[], count: number): readonly TensorType[] | undefined => {
    if (!controlFlow.has(op)) return undefined;
    const passed = sources.get(id) ?? typeOf(native, id);
    return op === 'Merge' ? [passed, { dtype: native.TF_INT32, shape: [] }] : Array.from({ length: count }, () => passed);
  };

  const addOperation = (op: string, attributes: OpAttribute[], ids: number[], results: readonly TensorType[]): string => {
    const complete = untyped.has(op) ? [typeOfFirst(ids), ...attributes] : attributes;
    const endpoints = ids.map(endpointOf);
    const types = results.map(({ dtype, shape }) => ({ dtype, shape }));
    return add(op, (name) => operationNode(name, op, endpoints, complete, types));
  };

  const executeDependent: Binding['executeOp'] = (op, attributes, ids, count) => {
    const types = typesOf(op, attributes, ids, count);
    const node = addOperation(op, attributes, ids, types);
    return types.map(({ dtype, shape }, i) => symbolic({ dtype, shape, endpoint: endpoint(node, i), described: `what ${op} gives` }));
  };

  /** Executes what does not depend on the inputs, values and all: the step may read them. */
  const executeConstant: Binding['executeOp'] = (op, attributes, ids, count) => {
    const results = native.executeOp(op, attributes, ids, count);
    const node = addOperation(op, attributes, ids, results);
    results.forEach(({ id }, i) => {
      constants.set(id, endpoint(node, i));
    });
    return results;
  };

  return {
    input(name, type) {
      const node = add('input', (unique) => placeholderNode(unique, type));
      inputs.push(node);
      return symbolic({ ...type, endpoint: node, described: `its input ${name}` });
    },
    output(name, id) {
      const type = sources.get(id) ?? typeOf(native, id);
      const source = endpointOf(id);
      const node = add('output', (unique) => identityNode(unique, source, type.dtype));
      outputs.push({ name, node, dtype: type.dtype, shape: type.shape });
    },
    executeOp(op, attributes, ids, count) {
      const dependent = ids.some((id) => sources.has(id));
      if (dependent && dataShaped.test(op)) throw untraceable(step, `the shape of what ${op} gives depends on values`);
      if (dependent && count === 0) throw untraceable(step, `${op} gives nothing, a graph would leave it out`);
      try {
        return (dependent ? executeDependent : executeConstant)(op, attributes, ids, count);
      } catch (cause) {
        throw untraceable(step, `${op} fails: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
      }
    },
    tensorDataSync(id) {
      const source = sources.get(id);
      if (source) throw untraceable(step, `it reads back ${source.described} (dataSync, data or array)`);
      return native.tensorDataSync(id);
    },
    graph: () => ({ nodes, inputs, outputs }),
    dispose() {
      symbolicTensors.dispose();
    },
  };
}

function untraceable(step: string, what: string, cause?: unknown): LifelongError {
  return new LifelongError('backend', `step ${step} cannot be compiled: ${what}`, 'it runs uncompiled: slower, and sums round otherwise', {
    cause,
  });
}
