import { z } from 'zod';
import { genotypeSchema } from '../core/genotype.js';
import { expertNetwork } from '../nn/network.js';
import type { ExpertKind } from './expert-kind.js';
import { searchSpace, spaces } from './space.js';

const schema = z.strictObject({
  kind: z.literal('cells'),
  genotype: genotypeSchema,
  /** C, the published `init_channel`. */
  channels: z.int().positive(),
  cells: z.int().positive(),
});

/** A network of cells as a genotype says (PAR section 6): `channels` wide, `cells` deep. */
export type CellsArchitecture = z.infer<typeof schema>;

/** Experts of cells, the kind that a search finds architectures for. */
export const cells: ExpertKind<CellsArchitecture> & Required<Pick<ExpertKind, 'space'>> = {
  kind: 'cells',
  schema,
  accepts({ domain, dtype }) {
    if (spaces[domain] === null) return 'images [height, width, channels] or vectors [length]';
    return dtype === 'float32' || 'inputs of float32';
  },
  network: ({ genotype, channels, cells: count }, { shape }) => expertNetwork({ genotype, channels, cells: count, inputShape: shape }),
  space: searchSpace,
};
