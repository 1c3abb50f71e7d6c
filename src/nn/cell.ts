import type { Edge, Operation } from '../core/genotype.js';
import { tf, type Tensor } from './backend.js';
import { applyOperation, factorizedReduce, reluConvNorm, type CellStyle } from './operations.js';
import type { Scope, ScopedBranch } from './scope.js';

/** An operation and the name of its weights. */
export interface NamedOperation {
  readonly operation: Operation;
  readonly name: string;
}

/** A place in a cell where an operation runs: from node `from` into intermediate node `into` (0-based). */
export interface Connection {
  readonly from: number;
  readonly into: number;
  /** What runs there: this operation, or the one of several that is chosen at this place of the path. */
  readonly runs: NamedOperation | { readonly oneOf: readonly NamedOperation[]; readonly place: number };
}

/** What a cell is made of. */
export interface CellPlan {
  readonly name: string;
  readonly connections: readonly Connection[];
  readonly concat: readonly number[];
  readonly channels: number;
  readonly reduction: boolean;
  readonly reductionBefore: boolean;
  readonly style: CellStyle;
}

/** Connections of a genotype's cell: edges 2i and 2i + 1 enter intermediate node i. */
export function connectionsOf(cell: string, edges: readonly Edge[]): Connection[] {
  return edges.map(([operation, from], index) => ({
    from,
    into: Math.floor(index / 2),
    runs: { operation, name: `${cell}._ops.${index}` },
  }));
}

/**
 * One cell: brings both inputs to `channels`, sums what enters each intermediate node, concatenates the nodes.
 *
 * @param before output of the cell before the last, `[n, h, w, c]` or `[n, c]`
 * @param last output of the last cell
 */
export function applyCell(scope: Scope, plan: CellPlan, before: Tensor, last: Tensor): Tensor {
  const { name, channels, style } = plan;
  const halve = plan.reductionBefore && before.rank === 4;
  const nodes = [
    halve
      ? factorizedReduce(scope, `${name}.preprocess0`, before, channels, style)
      : reluConvNorm(scope, `${name}.preprocess0`, before, channels, style),
    reluConvNorm(scope, `${name}.preprocess1`, last, channels, style),
  ];
  const intermediate = 1 + Math.max(...plan.connections.map(({ into }) => into));
  for (let node = 0; node < intermediate; node++) {
    const terms = plan.connections
      .filter(({ into, runs }) => into === node && !('operation' in runs && runs.operation === 'none'))
      .map(({ from, runs }) => {
        const stride = plan.reduction && from < 2 && last.rank === 4 ? 2 : 1;
        return applyConnection(scope, runs, nodes[from] as Tensor, stride, style);
      });
    nodes.push(terms.length > 0 ? terms.reduce((sum, term) => tf.add(sum, term)) : blank(nodes[1] as Tensor, plan.reduction));
  }
  return tf.concat(
    plan.concat.map((node) => nodes[node] as Tensor),
    -1,
  );
}

function applyConnection(scope: Scope, runs: Connection['runs'], x: Tensor, stride: 1 | 2, style: CellStyle): Tensor {
  if ('operation' in runs) return applyOperation(runs.operation as Exclude<Operation, 'none'>, scope, runs.name, x, stride, style);
  const branches = runs.oneOf.map(({ operation, name }): ScopedBranch => {
    if (operation === 'none') return (_, input, zeros) => zeros(strided(input.shape, stride));
    return (inner, input) => applyOperation(operation, inner, name, input, stride, style);
  });
  return scope.choose(runs.place, x, branches);
}

/** The value of a node that only `none` enters. */
const blank = (input: Tensor, reduction: boolean) => tf.zeros(strided(input.shape, reduction && input.rank === 4 ? 2 : 1));

/** Shape `[n, h, w, c]` or `[n, c]` of what an operation with this stride gives. */
const strided = (shape: readonly number[], stride: 1 | 2) =>
  shape.map((length, axis) => (axis === 1 || axis === 2 ? Math.ceil(length / stride) : length));
