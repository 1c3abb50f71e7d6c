import { memberArchitecture, type Architecture } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import { toArrays, type Layout } from '../nn/layout.js';
import { besideInput } from '../nn/orthonormal-rows.js';
import { orthonormalize } from '../nn/orthonormalize.js';
import type { FrozenBaseRef } from '../core/expert.js';
import type { Network } from '../nn/network.js';
import { subspaceSuffix } from './modules/edit.js';
import type { ExpertVectors } from './vectors.js';

/** Rows beside are filled up with zeros to multiples of this, so that a step is compiled for few numbers of them. */
const rowsAtOnce = 16;

/** An expert, as far as its edits go. */
interface Editing {
  readonly id: string;
  readonly on: FrozenBaseRef | null;
  readonly architecture: Architecture;
  readonly network: Network;
  readonly vectors: ExpertVectors;
}

/** Whether an expert's edits are orthogonal to those of all others. */
export function hasJointEdits({ architecture }: Pick<Editing, 'architecture'>): boolean {
  const { module, orthogonality } = memberArchitecture(architecture);
  return module === 'edit' && orthogonality === 'joint';
}

/** A new expert as it begins beside others: its subspaces orthogonal to theirs. @throws LifelongError `config` where no room is left for them */
export function begunBeside<Of extends Editing>(expert: Of, experts: readonly Editing[]): Of {
  if (!hasJointEdits(expert)) return expert;
  const { parameters } = expert.network.declaration;
  const vector = expert.vectors.parameters.slice();
  for (const [name, { shape, data }] of subspaces(parameters, vector)) {
    const [rank = 0, width = 1] = shape;
    const beside = rowsBeside(expert, experts, name);
    if (beside.length / width + rank > width) {
      throw new LifelongError(
        'config',
        `${expert.id}: edits of rank ${rank} at ${name.slice(0, -subspaceSuffix.length)} beside ${beside.length / width} rows of others expected to fit into ${width} dimensions, found room for ${width - beside.length / width}`,
        'take a smaller rank, or orthogonality: per-edit',
      );
    }
    data.set(orthonormalize({ data, width }, { data: beside, width }));
  }
  return { ...expert, vectors: { ...expert.vectors, parameters: vector } };
}

/** What a step that trains an expert with joint edits is given besides: the rows of all others. */
export function besideConstants(expert: Editing, experts: readonly Editing[]): Readonly<Record<string, Float32Array>> {
  if (!hasJointEdits(expert)) return {};
  const { parameters } = expert.network.declaration;
  const others = subspaces(parameters, expert.vectors.parameters).map(([name, { shape }]) => ({
    width: shape[1] ?? 1,
    rows: rowsBeside(expert, experts, name),
  }));
  const most = Math.max(1, ...others.map(({ width, rows }) => rows.length / width));
  const count = Math.ceil(most / rowsAtOnce) * rowsAtOnce;
  const beside = new Float32Array(others.reduce((sum, { width }) => sum + count * width, 0));
  let start = 0;
  for (const { width, rows } of others) {
    beside.set(rows, start);
    start += count * width;
  }
  return { [besideInput]: beside };
}

/**
 * How much of what edits add to hidden states lies in the subspaces of another expert's edits at the same site: the root of the mean square, over all others and sites, of the length of R_j e for e of
 * length 1 in the row space of R_i. Undefined where no other has edits there.
 */
export function leakOf(expert: Editing, experts: readonly Editing[]): number | undefined {
  const squares: number[] = [];
  for (const [name, { shape, data }] of subspaces(expert.network.declaration.parameters, expert.vectors.parameters)) {
    const [rank = 0, width = 1] = shape;
    for (const other of standingBeside(expert, experts)) {
      const rows = rowsOf(other, name);
      if (rows) squares.push(squareOfProducts(data, rows, width) / rank);
    }
  }
  return squares.length > 0 ? Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length) : undefined;
}

const subspaces = (layout: Layout, vector: Float32Array) =>
  Object.entries(toArrays(layout, vector) as Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>).filter(
    ([name]) => name.endsWith(subspaceSuffix),
  );

/** The other experts that stand on the same weights. */
const standingBeside = ({ id, on }: Editing, experts: readonly Editing[]) =>
  experts.filter((other) => other.id !== id && on !== null && other.on?.sha256 === on.sha256);

const rowsOf = ({ network, vectors }: Editing, name: string): Float32Array | undefined =>
  subspaces(network.declaration.parameters, vectors.parameters).find(([known]) => known === name)?.[1].data;

/** Rows of the others' subspaces of this name, orthonormal as long as all of them are joint. */
function rowsBeside(expert: Editing, experts: readonly Editing[], name: string): Float32Array {
  const parts = standingBeside(expert, experts)
    .filter(hasJointEdits)
    .flatMap((other) => rowsOf(other, name) ?? []);
  const rows = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const part of parts) {
    rows.set(part, start);
    start += part.length;
  }
  return rows;
}

/** Sum of the squares of all products of a row of the one with a row of the other. */
function squareOfProducts(a: Float32Array, b: Float32Array, width: number): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += width) {
    for (let j = 0; j < b.length; j += width) {
      let product = 0;
      for (let k = 0; k < width; k++) product += (a[i + k] as number) * (b[j + k] as number);
      sum += product * product;
    }
  }
  return sum;
}
