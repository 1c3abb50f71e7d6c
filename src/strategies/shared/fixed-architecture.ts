import type { Architecture } from '../../core/architecture.js';
import type { FrozenBackbone } from '../../core/frozen-backbone.js';
import type { Genotype } from '../../core/genotype.js';
import type { Input } from '../../core/input.js';
import { attachedArchitecture, type AttachedOptions } from '../../experts/attached-architecture.js';
import { isAttached } from '../../experts/attached-modules.js';
import { spaces, type SearchSpace } from '../../experts/space.js';
import type { NetworkOptions } from './baseline-options.js';

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

/** Gives the architecture of a network for these inputs, on this backbone where there is one. */
export type FixedArchitecture = (input: Input, backbone?: FrozenBackbone) => Architecture;

/** By the cells that inputs have. */
const genotypes: { readonly [Name in SearchSpace['name']]: Genotype } = { image: imageGenotype, vector: vectorGenotype };

type FixedOptions = Omit<NetworkOptions, keyof AttachedOptions> & Omit<AttachedOptions, 'module'>;

/** The architecture of these options for inputs: cells of the fixed genotype, a perceptron with two hidden layers, or a module on the backbone; as an ensemble where there are several members. */
export function fixedArchitecture(options: FixedOptions & { readonly ensemble?: number }): FixedArchitecture {
  const { ensemble = 1 } = options;
  const single = singleArchitecture(options);
  return ensemble === 1 ? single : (input, backbone) => ({ kind: 'ensemble', members: ensemble, of: single(input, backbone) });
}

function singleArchitecture(options: FixedOptions): FixedArchitecture {
  const { network, channels, cells, units } = options;
  return ({ domain }, backbone) => {
    if (isAttached(network) && backbone) return attachedArchitecture(backbone, { ...options, module: network });
    if (network === 'mlp') return { kind: 'perceptron', units: [units, units] };
    return { kind: 'cells', genotype: genotypes[spaces[domain]?.name ?? 'image'], channels, cells };
  };
}
