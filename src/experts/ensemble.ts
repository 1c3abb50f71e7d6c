import { z } from 'zod';
import { architectureSchema, type Architecture } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import { ensembleNetwork } from '../nn/ensemble.js';
import { attached } from './attached.js';
import { networkOf, type ExpertKind } from './expert-kind.js';
import { patched } from './patched.js';

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
    if (of['module'] === 'recurrent') {
      throw new LifelongError(
        'config',
        'an ensemble: a module other than recurrent expected, whose experts share a controller',
        'take ensemble: 1',
      );
    }
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

/** A patch on something as an ensemble of so many patches; other architectures, and patches on no stage, as they are. */
export function ensembleOfPatches(architecture: Architecture, members: number): Architecture {
  const { kind, stages } = architecture;
  const patch = kind === patched.kind || (kind === attached.kind && Array.isArray(stages) && stages.length > 0);
  return members > 1 && patch ? { kind: 'ensemble', members, of: architecture } : architecture;
}
