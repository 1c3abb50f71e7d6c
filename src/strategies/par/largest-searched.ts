import type { FrozenBackbone } from '../../core/frozen-backbone.js';
import type { Operation } from '../../core/genotype.js';
import type { Input } from '../../core/input.js';
import { cells } from '../../experts/cells.js';
import { ensembleOfPatches } from '../../experts/ensemble.js';
import { networkOf } from '../../experts/expert-kind.js';
import { backboneBase } from '../../experts/frozen-base.js';
import { attachedArchitecture, type AttachedOptions } from '../../experts/attached-architecture.js';
import { expertKinds } from '../../experts/kinds.js';
import type { Network } from '../../nn/network.js';
import { intermediateNodes } from '../../nn/supernet.js';
import type { ParOptions } from './options.js';

/** The largest expert that a search for such inputs can find: its largest operation on every edge, or a patch on every stage of the backbone. */
export function largestSearched(
  input: Input,
  options: Pick<ParOptions, 'channels' | 'cells'> & AttachedOptions & Partial<Pick<ParOptions, 'ensemble'>>,
  backbone?: FrozenBackbone,
): Network {
  const { channels, cells: count, ensemble = 1 } = options;
  if (backbone) {
    const architecture = ensembleOfPatches(attachedArchitecture(backbone, options), ensemble);
    return networkOf(expertKinds, architecture, input, 'the largest expert', backboneBase(backbone));
  }
  const operations = cells.space(input).operations.filter((operation) => operation !== 'none');
  const networks = operations.map((operation) =>
    cells.network({ kind: 'cells', genotype: allOf(operation), channels, cells: count }, input),
  );
  const size = ({ declaration }: Network) => declaration.parameters.size;
  return networks.reduce((largest, network) => (size(network) > size(largest) ? network : largest));
}

/** From a cell's inputs alone, where a reduce cell halves images and even skipping has weights. */
function allOf(operation: Operation) {
  const nodes = Array.from({ length: intermediateNodes }, (_, i) => i + 2);
  const edges = nodes.flatMap((): [Operation, number][] => [
    [operation, 0],
    [operation, 1],
  ]);
  return { normal: edges, reduce: edges, normalConcat: nodes, reduceConcat: nodes };
}
