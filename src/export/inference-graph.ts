import { LifelongError } from '../core/errors.js';
import type { NamedArray } from '../core/snapshot.js';
import { dtypeOf, type Input } from '../core/input.js';
import type { TaskRef } from '../core/task.js';
import { backend } from '../nn/backend.js';
import type { TensorType } from '../nn/compile/graph.js';
import { optimize } from '../nn/compile/optimize.js';
import { trace } from '../nn/compile/trace.js';
import { portably } from '../nn/kernels.js';
import type { TaskNetwork } from '../strategies/strategy.js';
import { inferenceInputs, inferenceStep, inferenceWeights } from './inference-step.js';
import { readAttribute } from './attributes.js';
import { batchFree } from './batch-free.js';
import { foldGraph, nodeOf, type Constant, type FoldedGraph, type Origin } from './fold.js';
import type { InferenceGraph, ModelNode, ModelWeight, WeightOwner } from './model-node.js';
import { repeatRow } from './repeat-row.js';

/** Traces made so far, by what they depend on: tasks with networks of one architecture share them. The caller disposes them. */
export type Traces = Map<string, FoldedGraph>;

/**
 * Writes down the operations that answer for a task. A trace has fixed shapes, so there are two, of two and of three examples, and where they
 * differ {@link batchFree} finds what serves for any number.
 *
 * @throws LifelongError `backend` for a network that cannot be traced, or that does something else for another number of examples
 */
export function inferenceGraph(trained: TaskNetwork, task: TaskRef, traces: Traces): InferenceGraph {
  const given = inferenceInputs(trained, task);
  const [two, three] = [traced(2, trained, task, given, traces), traced(3, trained, task, given, traces)];
  const [values, others] = [two, three].map((graph) => graph.constants(Object.values(given))) as [Values, Values];
  const varying = (what: string) => new LifelongError('backend', `task ${task.id}: ${what} depends on the number of examples`);
  if (two.nodes.map(({ op }) => op).join() !== three.nodes.map(({ op }) => op).join()) throw varying('what its network does');

  const constants = namedConstants(trained, task);
  const nodes: ModelNode[] = [];
  const sources = new Map<string, string>();
  const constantOf = (endpoint: string, twin: string, op: string): string => {
    const merged = batchFree(values.get(endpoint) as Constant, others.get(twin) as Constant);
    if (!merged) throw varying(`a constant of ${op}`);
    const name = constants.add(merged.constant, two.origin(endpoint));
    if (!merged.repeated) return name;
    const repeat = repeatRow(name, merged.constant.shape.length, task.input, (value) => constants.add(value));
    nodes.push(...repeat);
    return repeat.at(-1)?.name ?? name;
  };

  const last = two.nodes.length - 1;
  const names = new Map(two.nodes.map(({ name }, i) => [name, i === 0 ? 'input' : i === last ? 'logits' : name]));
  two.nodes.forEach(({ name, op, inputs, attributes }, i) => {
    const input = inputs.map((endpoint, j) => {
      const node = nodeOf(endpoint);
      if (names.has(node)) return endpoint.replace(node, names.get(node) ?? node);
      const twin = three.nodes[i]?.inputs[j] ?? '';
      const source = sources.get(`${endpoint} ${twin}`) ?? constantOf(endpoint, twin, op);
      sources.set(`${endpoint} ${twin}`, source);
      return source;
    });
    const visible = attributes.filter(([key]) => !key.startsWith('_') && key !== 'shape');
    const attr = Object.fromEntries(visible.map(([key, value]) => [key, readAttribute(value)]));
    nodes.push({ name: names.get(name) ?? name, op, input, attr });
  });
  return { nodes, weights: constants.all };
}

type Values = ReturnType<FoldedGraph['constants']>;

function traced(
  examples: number,
  { network }: TaskNetwork,
  { input, classes }: TaskRef,
  given: Readonly<Record<string, NamedArray>>,
  traces: Traces,
): FoldedGraph {
  const { TF_FLOAT, TF_INT32 } = backend.binding;
  const typeOf = (dtype: Input['dtype']) => (dtype === 'int32' ? TF_INT32 : TF_FLOAT);
  const types = Object.entries(given).map(([name, { shape, data }]) => [name, { dtype: typeOf(dtypeOf(data)), shape }]);
  const x = { dtype: typeOf(input.dtype), shape: [examples, ...input.shape] };
  const inputs = { x, ...Object.fromEntries(types) } as Record<string, TensorType>;
  const key = `${network.key} ${JSON.stringify(inputs)}`;
  const graph = traces.get(key) ?? foldGraph(optimize(portably(() => trace(inferenceStep(network, classes.length), 'export', inputs))));
  traces.set(key, graph);
  return graph;
}

/** Constants under the names that their weights have in the network. */
function namedConstants({ network, carries = false }: TaskNetwork, { classes }: TaskRef) {
  const weights = inferenceWeights(network, classes.length);
  const all: ModelWeight[] = [];
  const taken = new Set<string>();
  return {
    all,
    add(value: Constant, origin?: Origin): string {
      const { input = 0, part = 0 } = origin ?? {};
      const kernel = origin?.input === 1 && value.shape.length > 1;
      const owner = carries && kernel ? 'frozen' : weightOwner(origin);
      const names = weights[input - 1] ?? [];
      const wanted = names[part] ?? (owner === 'frozen' ? `frozen/constant.${all.length}` : `constant.${all.length}`);
      const name = taken.has(wanted) ? `${wanted}.${all.length}` : wanted;
      taken.add(name);
      all.push({ ...value, name, owner });
      return name;
    },
  };
}

/** Inputs of a trace: 0 is the example, 1 and 2 the network's vectors, 3 to 5 the task's, those from 6 on frozen weights. */
function weightOwner({ input, inputs }: Pick<Origin, 'input' | 'inputs'> = { input: undefined, inputs: new Set() }): WeightOwner {
  if (input === 1 || input === 2) return 'network';
  const others = [...inputs].filter((given) => given < 6);
  if (others.length === inputs.size) return 'task';
  if (others.length === 0) return 'frozen';
  return others.every((given) => given <= 2) ? 'network' : 'task';
}
