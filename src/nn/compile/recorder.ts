import { LifelongError } from '../../core/errors.js';
import type { Binding, OpAttribute, TensorMetadata } from '../backend.js';
import { constantNode, identityNode, operationNode, placeholderNode, type Graph, type GraphNode, type TensorType } from './graph.js';
import { createStandIns } from './stand-ins.js';

/** Stands between tfjs and TensorFlow's binding while a step is traced, and builds the graph. */
export interface Recorder {
  /** A stand-in for an input of the step. */
  input(name: string, type: TensorType): TensorMetadata;
  /** Records that the tensor with this handle is an output of the step. */
  output(name: string, id: number): void;
  readonly executeOp: Binding['executeOp'];
  readonly tensorDataSync: Binding['tensorDataSync'];
  graph(): Graph;
  dispose(): void;
}

/** What the recorder knows of a stand-in: where its value comes from in the graph. */
interface Source extends TensorType {
  readonly endpoint: string;
  /** For messages. */
  readonly described: string;
}

/** Operations whose output's shape depends on values, so that a graph of fixed shapes cannot hold them. */
const dataShaped = /^(Where|Unique(V2|WithCounts(V2)?)?|ListDiff|NonMaxSuppressionV[2-5]|NonMaxSuppression|DynamicPartition)$/;

/** Constants of up to so many elements share a node with equal ones: shapes, axes, scalars. */
const smallConstant = 16;

export function createRecorder(native: Binding, step: string): Recorder {
  const nodes: GraphNode[] = [];
  const inputs: string[] = [];
  const outputs: Graph['outputs'][number][] = [];
  const sources = new Map<number, Source>();
  const constants = new Map<string, string>();
  const constantIds = new Map<number, string>();
  const outputTypes = new Map<string, readonly TensorType[]>();
  const standIns = createStandIns(native);

  const add = (node: GraphNode): string => {
    nodes.push(node);
    return node.name;
  };
  const standIn = (source: Source): TensorMetadata => {
    const id = standIns.create(source);
    sources.set(id, source);
    return { id, dtype: source.dtype, shape: [...source.shape] };
  };

  /** The node of a tensor that does not depend on the step's inputs. */
  const constant = (id: number): string => {
    const known = constantIds.get(id);
    if (known !== undefined) return known;
    const type = typeOf(native, id);
    const data = native.tensorDataSync(id);
    const key = data.length > smallConstant ? `#${id}` : `${type.dtype} [${type.shape.join()}] ${data.join()}`;
    const node =
      constants.get(key) ?? add(constantNode(`Const_${nodes.length}`, type, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
    constants.set(key, node);
    constantIds.set(id, node);
    return node;
  };
  const endpointOf = (id: number): string => sources.get(id)?.endpoint ?? constant(id);

  /** Types of an operation's outputs; each kind of call is executed once. */
  const typesOf = (op: string, attributes: OpAttribute[], ids: number[], count: number): readonly TensorType[] => {
    const arguments_ = ids.map((id) => {
      const source = sources.get(id);
      return source ? `${source.dtype} [${source.shape.join()}]` : constant(id);
    });
    const key = JSON.stringify([op, attributes, arguments_]);
    const known = outputTypes.get(key);
    if (known) return known;
    const results = native.executeOp(op, attributes, ids, count);
    for (const { id } of results) native.deleteTensor(id);
    outputTypes.set(key, results);
    return results;
  };

  return {
    input(name, type) {
      const node = add(placeholderNode(`input_${inputs.length}`, type));
      inputs.push(node);
      return standIn({ ...type, endpoint: node, described: `its input ${name}` });
    },
    output(name, id) {
      const type = sources.get(id) ?? typeOf(native, id);
      const node = add(identityNode(`output_${outputs.length}`, endpointOf(id), type.dtype));
      outputs.push({ name, node, dtype: type.dtype, shape: type.shape });
    },
    executeOp(op, attributes, ids, count) {
      if (!ids.some((id) => sources.has(id))) return native.executeOp(op, attributes, ids, count);
      if (dataShaped.test(op)) throw untraceable(step, `the shape of what ${op} gives depends on values`);
      if (count === 0) throw untraceable(step, `${op} gives nothing, a graph would leave it out`);
      const node = `${op}_${nodes.length}`;
      try {
        const types = typesOf(op, attributes, ids, count);
        add(operationNode(node, op, ids.map(endpointOf), attributes));
        return types.map(({ dtype, shape }, i) =>
          standIn({ dtype, shape, endpoint: i === 0 ? node : `${node}:${i}`, described: `what ${op} gives` }),
        );
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
      standIns.dispose();
    },
  };
}

/** Type and shape of a handle: what Identity gives. */
function typeOf(native: Binding, id: number): TensorType {
  const [copy] = native.executeOp('Identity', [], [id], 1) as [TensorMetadata];
  native.deleteTensor(copy.id);
  return { dtype: copy.dtype, shape: copy.shape };
}

function untraceable(step: string, what: string, cause?: unknown): LifelongError {
  return new LifelongError('backend', `step ${step} cannot be compiled: ${what}`, 'it runs uncompiled, with the same result, only slower', {
    cause,
  });
}
