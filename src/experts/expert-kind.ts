import type { z } from 'zod';
import type { Architecture } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import type { Network } from '../nn/network.js';
import { describeBase, type FrozenBase } from './frozen-base.js';
import type { SearchSpace } from './space.js';

/** A kind of expert: what its architectures are, and how a network is built from one. A plug-in: one file each. */
export interface ExpertKind<Of extends Architecture = Architecture> {
  readonly kind: Of['kind'];
  /** Of its architectures. */
  readonly schema: z.ZodType<Of>;
  /** True for inputs of a shape that it can be built for; otherwise which shapes are, in a few words. */
  accepts(inputShape: readonly number[]): true | string;
  /** @param on what the network stands on, where it stands on something: its `frozen` weights are those */
  network(architecture: Of, inputShape: readonly number[], on?: FrozenBase): Network;
  /** What a search for its architecture chooses from; a kind without it cannot be searched. */
  space?(inputShape: readonly number[]): SearchSpace;
}

/**
 * The network of an architecture for inputs of a shape.
 *
 * @param kinds those that may occur
 * @param owner whose network it is, for errors
 * @param on what it stands on
 * @throws LifelongError `run-corrupt` for an architecture of no such kind, `data` for inputs that the kind or the base does not take, `usage` for a
 *   kind that stands on something else, or on nothing
 */
export function networkOf(
  kinds: readonly ExpertKind[],
  architecture: Architecture,
  inputShape: readonly number[],
  owner: string,
  on?: FrozenBase,
): Network {
  const kind = kinds.find((candidate) => candidate.kind === architecture.kind);
  if (!kind) {
    const known = kinds.map((candidate) => candidate.kind).join(', ');
    throw new LifelongError('run-corrupt', `${owner}: an architecture of kind ${known} expected, found ${architecture.kind}`);
  }
  const { data, error } = kind.schema.safeParse(architecture);
  if (error) {
    const [issue] = error.issues;
    const where = ['architecture', ...(issue?.path ?? [])].join('.');
    throw new LifelongError('run-corrupt', `${owner}: ${where} of kind ${kind.kind}: ${issue?.message ?? 'invalid'}`);
  }
  const accepted = kind.accepts(inputShape);
  if (accepted !== true) {
    throw new LifelongError('data', `${owner}: an expert of kind ${kind.kind} takes ${accepted}, found [${inputShape.join()}]`);
  }
  const taken = on?.expert?.inputShape ?? inputShape;
  if (taken.join() !== inputShape.join()) {
    const base = on && describeBase(on.ref);
    throw new LifelongError(
      'data',
      `${owner}: inputs [${taken.join()}] expected, as ${base ?? ''} takes them, found [${inputShape.join()}]`,
    );
  }
  const network = kind.network(data, inputShape, on);
  if (network.frozen?.sha256 !== on?.weights.sha256) {
    const expected = on ? describeBase(on.ref) : 'nothing';
    const found = network.frozen ? `weights ${network.frozen.sha256}` : 'nothing';
    throw new LifelongError('usage', `${owner}: an expert of kind ${kind.kind} on ${expected} expected, found one on ${found}`);
  }
  return network;
}
