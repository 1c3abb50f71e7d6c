import type { z } from 'zod';
import type { Architecture } from '../core/architecture.js';
import { LifelongError } from '../core/errors.js';
import { formatInput, sameInput, type Input } from '../core/input.js';
import type { Network } from '../nn/network.js';
import { describeBase, type FrozenBase } from './frozen-base.js';
import type { SearchSpace } from './space.js';

/** A kind of expert: what its architectures are, and how a network is built from one. A plug-in: one file each. */
export interface ExpertKind<Of extends Architecture = Architecture> {
  readonly kind: Of['kind'];
  /** Of its architectures. */
  readonly schema: z.ZodType<Of>;
  /** True for inputs that it can be built for; otherwise which those are, in a few words. */
  accepts(input: Input): true | string;
  /** @param on what the network stands on, where it stands on something: its `frozen` weights are those */
  network(architecture: Of, input: Input, on?: FrozenBase): Network;
  /** What a search for its architecture chooses from; a kind without it cannot be searched. */
  space?(input: Input): SearchSpace;
}

/**
 * The network of an architecture for these inputs.
 *
 * @param kinds those that may occur
 * @param owner whose network it is, for errors
 * @param on what it stands on
 * @throws LifelongError `run-corrupt` for an architecture of no such kind, `data` for inputs that the kind or the base does not take, `usage` for a
 *   kind that stands on something else, or on nothing
 */
export function networkOf(kinds: readonly ExpertKind[], architecture: Architecture, input: Input, owner: string, on?: FrozenBase): Network {
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
  const taken = on?.expert?.input ?? input;
  if (on && !sameInput(taken, input)) {
    const base = describeBase(on.ref);
    throw new LifelongError('data', `${owner}: inputs ${formatInput(taken)} expected, as ${base} takes them, found ${formatInput(input)}`);
  }
  const network = kind.network(data, input, on);
  if (network.frozen?.sha256 !== on?.weights.sha256) {
    const expected = on ? describeBase(on.ref) : 'nothing';
    const found = network.frozen ? `weights ${network.frozen.sha256}` : 'nothing';
    throw new LifelongError('usage', `${owner}: an expert of kind ${kind.kind} on ${expected} expected, found one on ${found}`);
  }
  return network;
}

/** @throws LifelongError `data` for inputs that the kind does not take */
export function checkAccepted(kind: Pick<ExpertKind, 'kind' | 'accepts'>, input: Input, owner: string): void {
  const accepted = kind.accepts(input);
  if (accepted === true) return;
  const found = formatInput(input);
  throw new LifelongError('data', `${owner}: an expert of kind ${kind.kind} takes ${accepted}, found ${found}`, adviceFor(kind, input));
}

/** Of domains that experts learn on a backbone alone. */
const onBackbones: { readonly [Name in Input['domain']]?: string } = {
  text: 'texts: run --backbone minilm',
  audio: 'sounds: run --backbone whisper-tiny',
};

function adviceFor(kind: Pick<ExpertKind, 'accepts'>, input: Input): string | undefined {
  const way = onBackbones[input.domain];
  if (way !== undefined) return `let experts stand on one for ${way}; or run --strategy ranpac, which answers from features`;
  return kind.accepts({ ...input, dtype: 'float32' }) === true ? 'give numbers that are amounts, not names, as a Float32Array' : undefined;
}
