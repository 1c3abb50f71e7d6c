import { LifelongError } from '../core/errors.js';
import type { FrozenBaseRef } from '../core/expert.js';
import { frozenGroup, type FrozenWeights } from '../core/frozen-weights.js';
import type { NamedArray } from '../core/snapshot.js';
import { hashArrays } from '../data/hash-arrays.js';
import type { Expert } from './expert.js';
import { describeBase, type FrozenBase } from './frozen-base.js';
import { expertNamed, groupNamed, type Groups, type Memory } from './memory.js';

/**
 * An expert, frozen as it is now, for others to stand on. It may learn further: those that stand on it keep what it was.
 *
 * @throws LifelongError `usage` for an expert that stands on something itself
 */
export function frozenExpertBase({ id, on, network, input, vectors }: Expert): FrozenBase {
  if (on) {
    const found = `expert ${id} on ${describeBase(on)}`;
    throw new LifelongError('usage', `an expert that stands on nothing expected, found ${found}`, 'take what it stands on');
  }
  const vector = (data: Float32Array): NamedArray => ({ shape: [data.length], data });
  const arrays = { parameters: vector(vectors.parameters), statistics: vector(vectors.statistics) };
  const sha256 = hashArrays(arrays);
  return { ref: { expert: id, sha256 }, weights: { sha256, arrays }, expert: { network, input } };
}

/** What an expert stands on, for another to stand on too; undefined for one that stands on nothing. */
export function baseOf(memory: Pick<Memory, 'experts'>, { on, network: { frozen } }: Expert): FrozenBase | undefined {
  return on && frozen ? baseNamed(memory, on, frozen) : undefined;
}

/** The base that an expert names, of weights that are there. @throws LifelongError `run-corrupt` where it is an expert that is not */
export function baseNamed(memory: Pick<Memory, 'experts'>, ref: FrozenBaseRef, weights: FrozenWeights): FrozenBase {
  if ('backbone' in ref) return { ref, weights };
  const { network, input } = expertNamed(memory, ref.expert);
  return { ref, weights, expert: { network, input } };
}

/** What gives an expert's frozen weights out of a snapshot's groups; experts on equal weights get the same object. */
export function frozenReader(arrays: Groups): (ref: FrozenBaseRef, owner: string) => FrozenWeights {
  const known = new Map<string, FrozenWeights>();
  return (ref, owner) => {
    const weights = known.get(ref.sha256) ?? readFrozen(arrays, ref.sha256, describeBase(ref), owner);
    known.set(ref.sha256, weights);
    return weights;
  };
}

/**
 * Weights that are known by their content.
 *
 * @param what they are, for errors
 * @throws LifelongError `run-corrupt` where they are missing, or others than the expert has
 */
export function readFrozen(groups: Groups, sha256: string, what: string, owner: string): FrozenWeights {
  const arrays = groupNamed(groups, frozenGroup(sha256));
  const found = hashArrays(arrays);
  if (found === sha256) return { sha256, arrays };
  throw new LifelongError(
    'run-corrupt',
    `${owner}: ${what} expected, found weights ${found}`,
    `bring the file of ${frozenGroup(sha256)} back from a copy; nothing was changed`,
  );
}

/** Refuses a backbone of another content than experts already stand on. @throws LifelongError `data` */
export function refuseOtherBackbone({ experts }: Pick<Memory, 'experts'>, base: FrozenBase | undefined, task: string): void {
  const ref = base?.ref;
  if (!ref || !('backbone' in ref)) return;
  const others = experts.flatMap(({ id, on }) => (on && 'backbone' in on && on.backbone === ref.backbone ? [{ id, on }] : []));
  const other = others.find(({ on }) => on.sha256 !== ref.sha256);
  if (other) throw otherBase(`task ${task}`, other.on, `as ${other.id} stands on it`, ref);
}

/** Says that an expert would stand on something else than before. */
export function otherBase(owner: string, expected: FrozenBaseRef, why: string, found: FrozenBaseRef | null): LifelongError {
  return new LifelongError(
    'data',
    `${owner}: ${describeBase(expected)} expected, ${why}, found ${found ? describeBase(found) : 'none'}`,
    'go on with the same weights, or start a new run',
  );
}
