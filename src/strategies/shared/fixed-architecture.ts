import type { Genotype } from '../../core/genotype.js';
import { mlpNetwork } from '../../nn/mlp.js';
import { expertNetwork, type Network } from '../../nn/network.js';
import type { NetworkOptions } from './baseline-options.js';

/** A network as a strategy without search builds it. */
export interface Architecture {
  readonly network: Network;
  /** Null for a network that is not made of cells. */
  readonly genotype: Genotype | null;
}

/** Genotype of all networks for images that are not searched: the second-order result of DARTS (Liu, Simonyan, Yang, ICLR 2019). */
export const imageGenotype: Genotype = {
  normal: [
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 0],
    ['sep_conv_3x3', 1],
    ['sep_conv_3x3', 1],
    ['skip_connect', 0],
    ['skip_connect', 0],
    ['dil_conv_3x3', 2],
  ],
  reduce: [
    ['max_pool_3x3', 0],
    ['max_pool_3x3', 1],
    ['skip_connect', 2],
    ['max_pool_3x3', 1],
    ['max_pool_3x3', 0],
    ['skip_connect', 2],
    ['skip_connect', 2],
    ['max_pool_3x3', 1],
  ],
  normalConcat: [2, 3, 4, 5],
  reduceConcat: [2, 3, 4, 5],
};

/** Genotype of all networks for vectors that are not searched: the same wiring, pools as skips, convolutions as linear maps. */
export const vectorGenotype: Genotype = {
  normal: imageGenotype.normal.map(([operation, from]) => [operation === 'skip_connect' ? operation : 'linear', from]),
  reduce: imageGenotype.reduce.map(([, from], edge) => [edge < 2 ? 'bottleneck' : 'skip_connect', from]),
  normalConcat: imageGenotype.normalConcat,
  reduceConcat: imageGenotype.reduceConcat,
};

/** The network of these options for inputs of a shape: an expert of the fixed genotype, or a perceptron with two hidden layers. */
export function fixedArchitecture({ network, channels, cells, units }: NetworkOptions) {
  return (inputShape: readonly number[]): Architecture => {
    if (network === 'mlp') return { network: mlpNetwork({ inputShape, units: [units, units] }), genotype: null };
    const genotype = inputShape.length === 1 ? vectorGenotype : imageGenotype;
    return { network: expertNetwork({ genotype, channels, cells, inputShape }), genotype };
  };
}
