import type { Operation } from '../core/genotype.js';
import type { Connection } from './cell.js';
import { cellNetwork, type Network } from './network.js';

/** One operation for every edge of both cell types, as indices into `operations`; edges of a cell in order of the node they enter. */
export interface Path {
  readonly normal: readonly number[];
  readonly reduce: readonly number[];
}

export interface SupernetArchitecture {
  readonly operations: readonly Operation[];
  readonly channels: number;
  readonly cells: number;
  readonly inputShape: readonly number[];
}

/** Intermediate nodes of a cell; node i is entered by 2 + i edges, 14 in all. */
export const intermediateNodes = 4;

/**
 * The part of the search's super-network that one sampled path uses (PAR section 5). Its weights are named as in the whole
 * super-network, so that paths share what they have in common; batch norms have no scale, pools are followed by one.
 */
export function pathNetwork({ operations, channels, cells, inputShape }: SupernetArchitecture, path: Path): Network {
  return cellNetwork({
    key: `path ${JSON.stringify({ operations, channels, cells, inputShape, path })}`,
    inputShape,
    stemChannels: channels,
    channels,
    cells,
    style: { affine: false, normalizedPools: true },
    connections: (cell, reduction) => pathConnections(cell, operations, reduction ? path.reduce : path.normal),
    concat: () => Array.from({ length: intermediateNodes }, (_, i) => 2 + i),
  });
}

function pathConnections(cell: string, operations: readonly Operation[], selected: readonly number[]): Connection[] {
  const connections: Connection[] = [];
  for (let into = 0; into < intermediateNodes; into++) {
    for (let from = 0; from < 2 + into; from++) {
      const edge = connections.length;
      const choice = selected[edge] ?? 0;
      connections.push({ operation: operations[choice] ?? 'none', from, into, name: `${cell}._ops.${edge}._ops.${choice}` });
    }
  }
  return connections;
}
