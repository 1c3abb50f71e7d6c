import { imageOperations, vectorOperations, type Operation } from '../core/genotype.js';
import type { Domain, Input } from '../core/input.js';
import { intermediateNodes } from '../nn/supernet.js';

/** A place in a cell where an operation goes: from node `from` (0 and 1 are the cell's inputs) into node `into` (2 to 5). */
export interface CellEdge {
  readonly from: number;
  readonly into: number;
}

/** The edges of a cell in the order in which probabilities, paths and super-network weights list them: 2 + 3 + 4 + 5 = 14. */
export const cellEdges: readonly CellEdge[] = Array.from({ length: intermediateNodes }, (_, i) => i + 2).flatMap((into) =>
  Array.from({ length: into }, (_, from) => ({ from, into })),
);

/** What a search chooses from: one of these operations for every edge of a normal and of a reduce cell. */
export interface SearchSpace {
  readonly name: 'image' | 'vector';
  readonly operations: readonly Operation[];
}

/** Cells of images (PAR section 5; DARTS without 5x5 operations). */
export const imageSpace: SearchSpace = { name: 'image', operations: imageOperations };

/** Cells of vectors: the same graph, no reduction. */
export const vectorSpace: SearchSpace = { name: 'vector', operations: vectorOperations };

/** By domain; null where inputs have no cells. */
export const spaces: { readonly [Name in Domain]: SearchSpace | null } = {
  image: imageSpace,
  vector: vectorSpace,
  text: null,
  audio: null,
};

/** The space for inputs of a domain that has cells. */
export function searchSpace({ domain }: Pick<Input, 'domain'>): SearchSpace {
  const space = spaces[domain];
  if (space) return space;
  throw new RangeError(`inputs of domain ${domain} have no cells`);
}
