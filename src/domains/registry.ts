import { LifelongError } from '../core/errors.js';
import { formatInput, type Domain, type Input } from '../core/input.js';
import type { DomainKind } from './domain.js';
import { audio } from './audio.js';
import { image } from './image.js';
import { text } from './text.js';
import { vector } from './vector.js';

/** Every domain by its name. */
const domains: { readonly [Name in Domain]: DomainKind } = { image, vector, text, audio };

/** The domains that there are. */
export const domainKinds: readonly DomainKind[] = Object.values(domains);

/** What an input's domain is. */
export const domainOf = ({ domain }: Pick<Input, 'domain'>): DomainKind => domains[domain];

/** What is known of inputs; their shape says the domain where it is not given, and they are float32. */
export interface InputGiven {
  readonly shape: readonly number[];
  readonly domain?: Domain | undefined;
  readonly dtype?: Input['dtype'] | undefined;
}

/**
 * What the inputs of a task are.
 *
 * @param where names the task in errors
 * @throws LifelongError `data` for a shape or type that no domain, or not the one given, has
 */
export function inputOf({ shape, domain: given, dtype = 'float32' }: InputGiven, where: string): Input {
  const candidates = given === undefined ? (Object.keys(domains) as Domain[]) : [given];
  const domain = candidates.find((name) => domains[name].accepts({ shape, dtype }));
  if (domain !== undefined) return { domain, shape, dtype };
  const expected = given === undefined ? domainKinds : [domainOf({ domain: given })];
  const asFloats = dtype === 'int32' && expected.some((kind) => kind.accepts({ shape, dtype: 'float32' }));
  throw new LifelongError(
    'data',
    `${where}: ${expected.map(({ inputs }) => inputs).join(' or ')} expected as inputs, found ${formatInput({ shape, dtype })}`,
    asFloats ? 'give them as a Float32Array' : undefined,
  );
}
