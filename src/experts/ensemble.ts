import { z } from 'zod';
import { architectureSchema } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import { ensembleNetwork } from '../nn/ensemble.js';
import { networkOf, type ExpertKind } from './expert-kind.js';

const schema = z.strictObject({
  kind: z.literal('ensemble'),
  members: z.int().min(2),
  /** Of the network that its members share. */
  of: architectureSchema,
});

/** `members` sets of scales, shifts and batch statistics on one network, whose answer is their mean probability. */
export type EnsembleArchitecture = z.infer<typeof schema>;

/** Ensembles of networks of these kinds that have batch norms, or are patches on something. */
export const ensemblesOf = (kinds: readonly ExpertKind[]): ExpertKind<EnsembleArchitecture> => ({
  kind: 'ensemble',
  schema,
  accepts: () => true,
  network({ members, of }, input, on) {
    const member = networkOf(kinds, of, input, 'a member of an ensemble', on);
    const { parameters, statistics } = member.declaration;
    if (statistics.size > 0 || (on && parameters.size > 0)) return ensembleNetwork(member, members, input);
    const found = `${of.kind}${parameters.size > 0 ? '' : ' without any'}`;
    throw new LifelongError(
      'config',
      `ensemble: a network with batch norms or patches expected, found ${found}`,
      'take network: cells, or ensemble: 1',
    );
  },
});
