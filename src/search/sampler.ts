import type { Edge, Genotype } from '../core/genotype.js';
import type { Random } from '../core/random.js';
import { intermediateNodes, type Path } from '../nn/supernet.js';
import { likeliestTwo } from './likeliest-two.js';
import { cellEdges, type SearchSpace } from '../experts/space.js';

/** What a search knows of its choices, `[place][choice]` throughout; float32 values. Of a cell type: `[edge][operation]`. */
export interface SampledTable {
  readonly probabilities: readonly (readonly number[])[];
  /** How often an operation was drawn. */
  readonly visits: readonly (readonly number[])[];
  /** Validation accuracy of the last path that held the operation; 0 before any did. */
  readonly scores: readonly (readonly number[])[];
}

/** The state of a search as plain JSON. */
export interface SamplerState {
  readonly normal: SampledTable;
  readonly reduce: SampledTable;
}

/** The state before the first sample: every operation equally likely. */
export function createSampler({ operations }: SearchSpace): SamplerState {
  const cell = () => createTable(cellEdges.length, operations.length);
  return { normal: cell(), reduce: cell() };
}

/** What a search knows before its first sample. */
export function createTable(places: number, choices: number): SampledTable {
  const filled = (value: number) => Array.from({ length: places }, () => Array.from({ length: choices }, () => Math.fround(value)));
  return { probabilities: filled(1 / choices), visits: filled(0), scores: filled(0) };
}

/** Draws one operation for every edge of both cell types. */
export function samplePath(state: SamplerState, source: Random): Path {
  return { normal: sampleTable(state.normal, source), reduce: sampleTable(state.reduce, source) };
}

/** Draws one choice for every place. */
export function sampleTable({ probabilities }: SampledTable, source: Random): number[] {
  return probabilities.map((row) => drawIndex(row, source.uniform()));
}

function drawIndex(probabilities: readonly number[], uniform: number): number {
  let below = 0;
  const index = probabilities.findIndex((p) => (below += p) > uniform);
  return index < 0 ? probabilities.length - 1 : index;
}

/**
 * The state after a path reached an accuracy (PAR section 5, steps 2 and 3): operations that do better with fewer visits become likelier.
 *
 * Computed in float32, as the published implementation does, so that ties between edges stay ties.
 *
 * @param accuracy of the path on the held-out half, in [0, 1]
 * @param rate eta, 0.01 published
 */
export function updateProbabilities(state: SamplerState, path: Path, accuracy: number, rate = 0.01): SamplerState {
  return {
    normal: updateTable(state.normal, path.normal, Math.fround(accuracy), rate),
    reduce: updateTable(state.reduce, path.reduce, Math.fround(accuracy), rate),
  };
}

/** The table after the selected choices reached an accuracy: see {@link updateProbabilities}. */
export function updateTable(table: SampledTable, selected: readonly number[], accuracy: number, rate: number): SampledTable {
  const visits = table.visits.map((row, edge) => row.map((count, op) => (op === selected[edge] ? count + 1 : count)));
  const scores = table.scores.map((row, edge) => row.map((score, op) => (op === selected[edge] ? accuracy : score)));
  const probabilities = table.probabilities.map((row, edge) => {
    const vote = votes(visits[edge] ?? [], scores[edge] ?? []);
    return softmax(row.map((p, op) => Math.fround(p + Math.fround(Math.fround(rate) * (vote[op] ?? 0)))));
  });
  return { probabilities, visits, scores };
}

/** v1 - v2: for each operation, how many others it beats with fewer visits, less how many beat it with fewer. */
function votes(visits: readonly number[], scores: readonly number[]): number[] {
  return visits.map((e, c) =>
    visits.reduce((sum, other, r) => {
      const moreVisits = e - other;
      const better = (scores[c] ?? 0) - (scores[r] ?? 0);
      return sum + (moreVisits < 0 && better > 0 ? 1 : 0) - (moreVisits > 0 && better < 0 ? 1 : 0);
    }, 0),
  );
}

function softmax(logits: readonly number[]): number[] {
  const max = Math.max(...logits);
  const powers = logits.map((x) => Math.fround(Math.exp(Math.fround(x - max))));
  const sum = powers.reduce((total, x) => Math.fround(total + x), 0);
  return powers.map((x) => Math.fround(x / sum));
}

/**
 * The architecture that a search has found: on every edge the likeliest operation but `none`, into every intermediate node the two
 * edges whose operations are likeliest (PAR section 5).
 */
export function genotypeOf(state: SamplerState, space: SearchSpace): Genotype {
  const concat = Array.from({ length: intermediateNodes }, (_, i) => i + 2);
  return { normal: cellOf(state.normal, space), reduce: cellOf(state.reduce, space), normalConcat: concat, reduceConcat: concat };
}

function cellOf({ probabilities }: SampledTable, { operations }: SearchSpace): Edge[] {
  const candidates = cellEdges.map(({ from, into }, index) => {
    const row = probabilities[index] ?? [];
    let best = operations.findIndex((operation) => operation !== 'none');
    row.forEach((p, op) => {
      if (operations[op] !== 'none' && p > (row[best] ?? 0)) best = op;
    });
    return { into, edge: [operations[best] ?? 'none', from] as const, probability: row[best] ?? 0 };
  });
  return Array.from({ length: intermediateNodes }, (_, i) => candidates.filter(({ into }) => into === i + 2)).flatMap((entering) =>
    likeliestTwo(entering).map(({ edge }) => edge),
  );
}
