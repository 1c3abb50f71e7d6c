import type { z } from 'zod';
import type { Architecture } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import { formatInput, type Input } from '../core/input.js';
import type { Network } from '../nn/network.js';
import type { SearchSpace } from './space.js';

/** A kind of expert: what its architectures are, and how a network is built from one. A plug-in: one file each. */
export interface ExpertKind<Of extends Architecture = Architecture> {
  readonly kind: Of['kind'];
  /** Of its architectures. */
  readonly schema: z.ZodType<Of>;
  /** True for inputs that it can be built for; otherwise which those are, in a few words. */
  accepts(input: Input): true | string;
  network(architecture: Of, input: Input): Network;
  /** What a search for its architecture chooses from; a kind without it cannot be searched. */
  space?(input: Input): SearchSpace;
}

/**
 * The network of an architecture for these inputs.
 *
 * @param kinds those that may occur
 * @param owner whose network it is, for errors
 * @throws LifelongError `run-corrupt` for an architecture of no such kind, `data` for inputs that the kind does not take
 */
export function networkOf(kinds: readonly ExpertKind[], architecture: Architecture, input: Input, owner: string): Network {
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
  checkAccepted(kind, input, owner);
  return kind.network(data, input);
}

/** @throws LifelongError `data` for inputs that the kind does not take */
export function checkAccepted(kind: Pick<ExpertKind, 'kind' | 'accepts'>, input: Input, owner: string): void {
  const accepted = kind.accepts(input);
  if (accepted === true) return;
  const found = formatInput(input);
  throw new LifelongError(
    'data',
    `${owner}: an expert of kind ${kind.kind} takes ${accepted}, found ${found}`,
    kind.accepts({ ...input, dtype: 'float32' }) === true ? 'give numbers that are amounts, not names, as a Float32Array' : undefined,
  );
}
