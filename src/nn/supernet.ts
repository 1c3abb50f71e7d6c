import { createHash } from 'node:crypto';
import type { FrozenWeights } from '../core/frozen-weights.js';
import type { Operation } from '../core/genotype.js';
import type { Connection } from './cell.js';
import { layoutOf, type Layout } from './layout.js';
import { cellNetwork, reductions, type Network } from './network.js';
import { pathInput } from './scope.js';

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

/** A graph of it takes longer to make than others: some five seconds on two cores, on which it saves 50 to 350 ms a step. */
const breakEven = 40;

const edges = Array.from({ length: intermediateNodes }, (_, into) => 2 + into).reduce((sum, entering) => sum + entering);

/** The search's super-network (PAR section 5): all paths in one network, of which one runs. */
export interface Supernet {
  /** With this path chosen. It is among the inputs of the network's steps, so that one graph serves every sample. */
  along(path: Path): Network;
  /** The weights that a path uses among those of a layout, in the same order. */
  used(layout: Layout, path: Path): Layout;
  readonly declaration: Network['declaration'];
  readonly featureSize: number;
}

/**
 * Weights have the published names, which paths share where they have an operation in common; batch norms have no scale, pools are followed by one.
 * What a step does not run is neither read nor changed.
 */
export function supernet({ operations, channels, cells, inputShape }: SupernetArchitecture): Supernet {
  const connections = (cell: string, reduction: boolean) => {
    const all: Connection[] = [];
    for (let into = 0; into < intermediateNodes; into++) {
      for (let from = 0; from < 2 + into; from++) {
        const edge = all.length;
        const oneOf = operations.map((operation, choice) => ({ operation, name: `${cell}._ops.${edge}._ops.${choice}` }));
        all.push({ from, into, runs: { oneOf, place: (reduction ? edges : 0) + edge } });
      }
    }
    return all;
  };
  const network: Network = {
    ...cellNetwork({
      ...{ inputShape, stemChannels: channels, channels, cells, connections },
      key: `supernet ${JSON.stringify({ operations, channels, cells, inputShape })}`,
      style: { affine: false, normalizedPools: true },
      concat: () => Array.from({ length: intermediateNodes }, (_, i) => 2 + i),
      frozen: asInput({ normal: Array<number>(edges).fill(0), reduce: Array<number>(edges).fill(0) }),
    }),
    breakEven,
  };
  const halving = reductions(cells);
  const isOn = ({ normal, reduce }: Path, name: string): boolean => {
    const [, cell, edge = 0, choice] = /^cells\.(\d+)\._ops\.(\d+)\._ops\.(\d+)\./.exec(name)?.map(Number) ?? [];
    return cell === undefined || choice === (halving.has(cell) ? reduce : normal)[edge];
  };
  return {
    along: (path) => ({ ...network, frozen: asInput(path) }),
    used: ({ weights }, path) => layoutOf(weights.filter(({ name }) => isOn(path, name))),
    ...{ declaration: network.declaration, featureSize: network.featureSize },
  };
}

/** A path as what a network is given beside its own weights. */
function asInput({ normal, reduce }: Path): FrozenWeights {
  const data = Int32Array.from([...normal, ...reduce]);
  return { sha256: createHash('sha256').update(data).digest('hex'), arrays: { [pathInput]: { shape: [data.length], data } } };
}
