import type { GraphNode } from '../graph.js';
import type { Builder, Rule } from '../rewrite.js';
import { join, partsOf } from './joined.js';

/**
 * Sums of gradients, each computed by one operation where it can be:
 *
 * - gradients that the same ReLU cuts are added first and cut once;
 * - where that ReLU gave several tensors side by side, each part is cut by itself, so that what else is cut by this part is added too;
 * - gradients of convolutions that read the same tensor are that of one convolution, kernels and outputs side by side.
 *
 * Terms stay in order but for those that go to the first of their kind: sums are the same in every run.
 */
export function gradientSums(): Rule {
  /** Terms of the sums that are in the graph. */
  const terms = new Map<string, readonly string[]>();
  /** Endpoints that one node alone reads, which may be taken apart. */
  const own = new Set<string>();
  const termsOf = (sum: string): readonly string[] => (own.has(sum) && terms.get(sum)) || [sum];

  /** The sum as one operation; undefined where there is none. */
  const combine = (graph: Builder, addition: GraphNode, first: string, second: string): string | undefined => {
    if (!own.has(first) || !own.has(second)) return undefined;
    const [a, b] = [graph.nodeOf(first), graph.nodeOf(second)];
    if (a.op !== b.op || !sameAttributes(a, b)) return undefined;
    const [ax = '', ay = '', az = ''] = a.inputs;
    const [bx = '', by = '', bz = ''] = b.inputs;
    if (a.op === 'ReluGrad' && ay === by) return added(graph, { ...a, inputs: [owned(add(graph, addition, ax, bx)), ay] });
    if (a.op !== 'Conv2DBackpropInput' || ax !== bx || !sameButLast(graph, ay, by)) return undefined;
    const parts = (x: string) => (own.has(x) ? partsOf(graph, x) : [x]);
    const together = (one: string, other: string) => owned(join(graph, [...parts(one), ...parts(other)]));
    return added(graph, { ...a, inputs: [ax, together(ay, by), together(az, bz)] });
  };
  const owned = (endpoint: string): string => {
    own.add(endpoint);
    return endpoint;
  };
  /** Puts a term with the first one that it combines with; false where there is none. */
  const merge = (graph: Builder, addition: GraphNode, sum: string[], term: string): boolean => {
    for (const [i, other] of sum.entries()) {
      const joint = combine(graph, addition, other, term);
      if (joint === undefined) continue;
      sum[i] = owned(joint);
      return true;
    }
    return false;
  };
  const add = (graph: Builder, addition: GraphNode, left: string, right: string): string => {
    const all = [...termsOf(left)];
    const apart = termsOf(right).filter((term) => !merge(graph, addition, all, term));
    const plus = (a: string, b: string) => added(graph, { ...addition, inputs: [a, b] });
    const unchanged = apart.length === termsOf(right).length;
    all.push(...apart);
    const sum = unchanged ? plus(left, right) : all.reduce(plus);
    terms.set(sum, all);
    return sum;
  };

  return (node, graph, soleReader) => {
    node.inputs.forEach((input, i) => (soleReader(i) ? own.add(input) : own.delete(input)));
    const [first = '', second = ''] = node.inputs;
    if (node.op === 'SplitV') return cutParts(graph, node, own.has(first));
    if ((node.op !== 'Add' && node.op !== 'AddV2') || !sameShape(graph, first, second)) return undefined;
    return [add(graph, node, first, second)];
  };
}

/** The gradient of tensors side by side that a ReLU gave: split, then cut, instead of cut, then split. */
function cutParts(graph: Builder, node: GraphNode, alone: boolean): string[] | undefined {
  const [cut = '', ...how] = node.inputs;
  const gradient = graph.nodeOf(cut);
  if (!alone || gradient.op !== 'ReluGrad') return undefined;
  const [dy = '', y = ''] = gradient.inputs;
  const whole = graph.nodeOf(y);
  const parts = whole.inputs.slice(0, -1);
  const shapes = (node.outputs ?? []).map(({ shape }) => shape.join());
  if (whole.op !== 'ConcatV2' || parts.length < 2 || parts.map((part) => graph.typeOf(part).shape.join()).join(';') !== shapes.join(';')) {
    return undefined;
  }
  const pieces = graph.add({ ...node, inputs: [dy, ...how] });
  return pieces.map((piece, i) => added(graph, { ...gradient, inputs: [piece, parts[i] as string], outputs: [graph.typeOf(piece)] }));
}

const added = (graph: Builder, node: GraphNode): string => graph.add(node)[0] as string;

const sameShape = (graph: Builder, a: string, b: string) => graph.typeOf(a).shape.join() === graph.typeOf(b).shape.join();

const sameButLast = (graph: Builder, a: string, b: string) =>
  graph.typeOf(a).shape.slice(0, -1).join() === graph.typeOf(b).shape.slice(0, -1).join();

const sameAttributes = (a: GraphNode, b: GraphNode) =>
  a.attributes.length === b.attributes.length &&
  a.attributes.every(([name, value], i) => name === b.attributes[i]?.[0] && Buffer.compare(value, b.attributes[i][1]) === 0);
