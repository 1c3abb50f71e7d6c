import type { Edge, Operation } from '../core/genotype.js';
import { tf, type Tensor } from './backend.js';
import { applyOperation, factorizedReduce, reluConvNorm, type CellStyle } from './operations.js';
import type { Scope } from './scope.js';

/** A place in a cell where an operation runs: from node `from` into intermediate node `into` (0-based), weights under `name`. */
export interface Connection {
  readonly operation: Operation;
  readonly from: number;
  readonly into: number;
  readonly name: string;
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
  return edges.map(([operation, from], index) => ({ operation, from, into: Math.floor(index / 2), name: `${cell}._ops.${index}` }));
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
      .filter(({ into, operation }) => into === node && operation !== 'none')
      .map(({ operation, from, name: path }) => {
        const stride = plan.reduction && from < 2 && last.rank === 4 ? 2 : 1;
        return applyOperation(operation as Exclude<Operation, 'none'>, scope, path, nodes[from] as Tensor, stride, style);
      });
    nodes.push(terms.length > 0 ? terms.reduce((sum, term) => tf.add(sum, term)) : blank(nodes[1] as Tensor, plan.reduction));
  }
  return tf.concat(
    plan.concat.map((node) => nodes[node] as Tensor),
    -1,
  );
}

/** The value of a node that only `none` enters. */
function blank(input: Tensor, reduction: boolean): Tensor {
  const half = (length: number) => (reduction ? Math.ceil(length / 2) : length);
  const [n = 0, height = 0, width = 0, channels = 0] = input.shape;
  return tf.zeros(input.rank === 4 ? [n, half(height), half(width), channels] : input.shape);
}
