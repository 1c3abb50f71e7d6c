import { endpoint, nodeName, type Graph, type GraphNode, type TensorType } from './graph.js';

/** A graph in the making. Equal operations on equal inputs are one node. */
export interface Builder {
  /** Adds a node under a name of its own, or finds its equal; gives the endpoints of its outputs. */
  add(node: GraphNode): string[];
  /** Whether adding it would find its equal. */
  has(node: GraphNode): boolean;
  /** The node that an endpoint belongs to. */
  nodeOf(endpoint: string): GraphNode;
  /** @throws TypeError when the type is not known */
  typeOf(endpoint: string): TensorType;
}

/** An endpoint, or what adds it when it is first read. */
export type Output = string | (() => string);

/**
 * What to put in place of a node, whose inputs are endpoints of the new graph; undefined keeps it.
 *
 * @param soleReader whether nothing else in the graph reads this input of the node
 */
export type Rule = (node: GraphNode, builder: Builder, soleReader: (input: number) => boolean) => readonly Output[] | undefined;

/** Operations that give something else each time. */
const changing = /Random|Multinomial|TruncatedNormal|Stateful/;

/** Nodes with more bytes of attributes are constants too large to be compared. */
const longestKey = 4096;

/** The graph with each node replaced as the rule says, in order, equal nodes shared, and what no output needs left out. */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const builder = createBuilder(new Set([...graph.inputs, ...graph.outputs.map(({ node }) => node)]));
  const replaced = new Map<string, Output>();
  const resolve = (old: string): string => {
    const output = replaced.get(old) ?? old;
    const found = typeof output === 'string' ? output : output();
    replaced.set(old, found);
    return found;
  };
  const reads = new Map<string, number>();
  for (const input of graph.nodes.flatMap(({ inputs }) => inputs)) reads.set(input, (reads.get(input) ?? 0) + 1);

  for (const old of graph.nodes) {
    const node = { ...old, inputs: old.inputs.map(resolve) };
    const outputs = rule(node, builder, (input) => reads.get(old.inputs[input] ?? '') === 1) ?? builder.add(node);
    outputs.forEach((output, i) => replaced.set(endpoint(old.name, i), output));
  }
  return { ...graph, nodes: needed(builder.nodes(), graph) };
}

/** @param fixed names of nodes that stay: fed or fetched */
function createBuilder(fixed: ReadonlySet<string>): Builder & { nodes(): GraphNode[] } {
  const nodes = new Map<string, GraphNode>();
  const known = new Map<string, string>();
  const free = (op: string): string => {
    for (let i = nodes.size; ; i++) if (!nodes.has(nodeName(op, i)) && !fixed.has(nodeName(op, i))) return nodeName(op, i);
  };
  const place = (node: GraphNode): string => {
    const name = fixed.has(node.name) ? node.name : free(node.op);
    nodes.set(name, { ...node, name });
    return name;
  };
  const find = (node: GraphNode): string => {
    const key = fixed.has(node.name) ? undefined : keyOf(node);
    if (key === undefined) return place(node);
    const name = known.get(key) ?? place(node);
    known.set(key, name);
    return name;
  };
  const nodeOf = (output: string): GraphNode => {
    const node = nodes.get(nameOf(output));
    if (!node) throw new TypeError(`its graph has no node ${output}`);
    return node;
  };
  return {
    add(node) {
      const name = find(node);
      return Array.from({ length: Math.max(1, node.outputs?.length ?? 1) }, (_, i) => endpoint(name, i));
    },
    has: (node) => known.has(keyOf(node) ?? ''),
    nodeOf,
    typeOf(output) {
      const type = nodeOf(output).outputs?.[Number(output.split(':')[1] ?? 0)];
      if (!type) throw new TypeError(`the type of ${output} is not known`);
      return type;
    },
    nodes: () => [...nodes.values()],
  };
}

/** Equal for nodes that give equal values; undefined for those that are never shared. */
function keyOf({ op, inputs, attributes }: GraphNode): string | undefined {
  if (changing.test(op) || attributes.reduce((sum, [, value]) => sum + value.length, 0) > longestKey) return undefined;
  return JSON.stringify([op, inputs, attributes.map(([name, value]) => [name, Buffer.from(value).toString('latin1')])]);
}

/** Nodes that are fed, fetched, or on the way to what is fetched. */
function needed(nodes: readonly GraphNode[], { inputs, outputs }: Graph): GraphNode[] {
  const live = new Set([...inputs, ...outputs.map(({ node }) => node)]);
  // Inputs of a node come before it.
  for (const node of [...nodes].reverse()) if (live.has(node.name)) for (const input of node.inputs) live.add(nameOf(input));
  return nodes.filter(({ name }) => live.has(name));
}

const nameOf = (output: string): string => output.split(':', 1)[0] ?? output;
