import { LifelongError } from '../core/errors.js';
import type { Input } from '../core/input.js';
import type { Augmentation } from '../core/task.js';
import { domainKinds, domainOf } from '../domains/registry.js';

const augmented = domainKinds.filter(({ augment }) => augment !== null).map(({ inputs }) => inputs);

/**
 * Refuses augmentations that would change no task of a stream.
 *
 * @param inputs of its tasks
 * @throws LifelongError `config`
 */
export function checkAugmented(augment: readonly Augmentation[], inputs: readonly Input[]): void {
  const [first] = inputs;
  if (augment.length === 0 || !first || inputs.some((input) => domainOf(input).augment !== null)) return;
  throw new LifelongError(
    'config',
    `augment: ${augmented.join(' or ')} expected, found examples of shape [${first.shape.join(', ')}]`,
    'leave augment out',
  );
}
