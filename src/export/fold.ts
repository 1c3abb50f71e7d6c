import { backend, tf } from '../nn/backend.js';
import { identityNode, type Graph, type GraphNode } from '../nn/compile/graph.js';
import { openSession, type Session } from '../nn/compile/session.js';
import type { NamedArray } from '../core/snapshot.js';
import { readAttribute } from './attributes.js';

/** A value that does not depend on the examples. */
export interface Constant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** A graph in two parts: the operations that depend on its first input, the examples, and what gives the constants that they take. */
export interface FoldedGraph {
  readonly nodes: readonly GraphNode[];
  /**
   * All constants, by endpoint (`node` or `node:output`), computed by TensorFlow itself.
   *
   * @param values of the graph's other inputs, in order
   */
  constants(values: readonly NamedArray[]): ReadonlyMap<string, Constant>;
  origin(endpoint: string): Origin;
  dispose(): void;
}

/** Where a constant of a graph comes from. */
export interface Origin {
  /** The input that it is a form of, and which part of it where that was split; undefined for a constant of the step itself. */
  readonly input: number | undefined;
  readonly part: number;
  /** All inputs that it depends on. */
  readonly inputs: ReadonlySet<number>;
}

export function foldGraph({ nodes, inputs }: Graph): FoldedGraph {
  const live = new Set([inputs[0]]);
  for (const node of nodes) if (node.inputs.some((input) => live.has(nodeOf(input)))) live.add(node.name);
  const kept = nodes.filter(({ name }) => live.has(name));
  const fixed = nodes.filter(({ name }) => !live.has(name));
  const endpoints = [...new Set(kept.flatMap((node) => node.inputs))].filter((input) => !live.has(nodeOf(input)));

  const byName = new Map(nodes.map((node) => [node.name, node]));
  const copies = endpoints.map((endpoint, i) => identityNode(`folded_${i}`, endpoint, typeOf(byName.get(nodeOf(endpoint)))));
  const outputs = copies.map(({ name }) => ({ name, node: name, dtype: 0, shape: [] }));
  const depends = new Map<string, ReadonlySet<number>>();
  for (const node of fixed) {
    const own = inputs.indexOf(node.name);
    const before = node.inputs.flatMap((input) => [...(depends.get(nodeOf(input)) ?? [])]);
    depends.set(node.name, new Set(own < 0 ? before : [own]));
  }
  const session = openSession({ nodes: [...fixed, ...copies], inputs: inputs.slice(1), outputs });
  return {
    nodes: kept,
    constants(values) {
      const constants = evaluate(session, values);
      return new Map(endpoints.map((endpoint, i) => [endpoint, constants[i] as Constant]));
    },
    origin(endpoint) {
      let [at, part] = [endpoint, 0];
      for (let node = byName.get(nodeOf(at)); node?.inputs[0] !== undefined; node = byName.get(nodeOf(at))) {
        if (node.op === 'SplitV') part = Number(at.split(':')[1] ?? 0);
        at = node.inputs[0];
      }
      const input = inputs.indexOf(at);
      return { input: input < 0 ? undefined : input, part, inputs: depends.get(nodeOf(endpoint)) ?? new Set() };
    },
    dispose: () => session.dispose(),
  };
}

/** The node of an endpoint. */
export const nodeOf = (endpoint: string): string => endpoint.split(':', 1)[0] ?? endpoint;

/** Element type of what a node gives: TensorFlow's number for it. */
function typeOf(node: GraphNode | undefined): number {
  const attributes = new Map(node?.attributes);
  const bytes = attributes.get('dtype') ?? attributes.get('DstT') ?? attributes.get('T') ?? attributes.get('Tparams');
  const attribute = bytes && readAttribute(bytes);
  if (!attribute || !('type' in attribute)) throw new TypeError(`node ${node?.name ?? '(none)'}: an element type expected, found none`);
  return attribute.type;
}

function evaluate(session: Session, inputs: readonly NamedArray[]): Constant[] {
  const { binding } = backend;
  const tensors = inputs.map(({ shape, data }) => tf.tensor(data, [...shape]));
  const results = session.run(backend.getInputTensorIds(tensors));
  const values = results.map(({ id, shape }) => ({ shape, data: binding.tensorDataSync(id).slice() as Float32Array | Int32Array }));
  for (const { id } of results) binding.deleteTensor(id);
  tf.dispose(tensors);
  return values;
}
