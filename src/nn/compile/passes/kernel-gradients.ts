import type { GraphNode, TensorType } from '../graph.js';
import type { Builder, Rule } from '../rewrite.js';
import { integers, join, split } from './joined.js';

/**
 * Gradients of kernels that convolved the same tensor: one operation on the outputs' gradients side by side. It is put off until one of them is
 * read, and takes those that have come by then, so that it never waits for itself.
 */
export function kernelGradients(): Rule {
  const waiting = new Map<string, Group>();
  return (node, graph) => {
    if (node.op !== 'Conv2DBackpropFilter') return undefined;
    const key = keyOf(node, typeOf(node));
    const group = waiting.get(key) ?? { members: [] };
    waiting.set(key, group);
    const index = group.members.push(node) - 1;
    return [
      () => {
        if (!group.results) waiting.delete(key);
        group.results ??= together(graph, group.members);
        return group.results[index] as string;
      },
    ];
  };
}

interface Group {
  readonly members: GraphNode[];
  /** Endpoints, once they are in the graph. */
  results?: string[];
}

const typeOf = ({ outputs }: GraphNode) => outputs?.[0] as TensorType;

/** Equal for gradients that one operation can compute. */
const keyOf = ({ inputs: [x], attributes }: GraphNode, { shape }: TensorType): string =>
  JSON.stringify([x, shape.slice(0, 3), attributes.map(([name, value]) => [name, ...value])]);

function together(graph: Builder, members: readonly GraphNode[]): string[] {
  const [first] = members as [GraphNode];
  if (members.length === 1) return graph.add(first);
  const types = members.map(typeOf);
  const { dtype, shape } = typeOf(first);
  const whole = { dtype, shape: [...shape.slice(0, 3), types.reduce((sum, type) => sum + (type.shape[3] ?? 0), 0)] };
  const gradients = members.map(({ inputs }) => inputs[2] as string);
  const inputs = [first.inputs[0] as string, integers(graph, whole.shape), join(graph, gradients)];
  return split(graph, graph.add({ ...first, inputs, outputs: [whole] })[0] as string, types);
}
