import type { Operation } from '../../src/core/genotype.js';
import { cellEdges } from '../../src/experts/space.js';
import { cellNetwork, type Network } from '../../src/nn/network.js';
import type { Path } from '../../src/nn/supernet.js';

/** One path of the super-network as a network of its own (PAR section 5): what the whole must compute when this path is chosen. */
export function pathNetwork(
  architecture: {
    readonly operations: readonly Operation[];
    readonly channels: number;
    readonly cells: number;
    readonly inputShape: readonly number[];
  },
  path: Path,
): Network {
  const { operations, channels, cells, inputShape } = architecture;
  return cellNetwork({
    ...{ inputShape, stemChannels: channels, channels, cells },
    key: `path ${JSON.stringify({ ...architecture, path })}`,
    style: { affine: false, normalizedPools: true },
    concat: () => [2, 3, 4, 5],
    connections: (cell, reduction) =>
      cellEdges.map(({ from, into }, edge) => {
        const choice = (reduction ? path.reduce : path.normal)[edge] ?? 0;
        const operation = operations[choice] ?? 'none';
        return { from, into: into - 2, runs: { operation, name: `${cell}._ops.${edge}._ops.${choice}` } };
      }),
  });
}
