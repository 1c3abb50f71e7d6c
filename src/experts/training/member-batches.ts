import { LifelongError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import type { Batch } from '../../nn/fit.js';
import { memberInputs } from '../../nn/member-step.js';

/**
 * Batches of an epoch, each with the member that it trains. Members are drawn without replacement, all of them before one comes again: each is as likely as another in every
 * step, and none has more than one step fewer than another in an epoch.
 */
export async function* memberBatches(batches: AsyncIterable<Batch>, members: number, source: Random): AsyncGenerator<Batch> {
  let order = source.permutation(members);
  let next = 0;
  for await (const batch of batches) {
    if (next === members) [order, next] = [source.permutation(members), 0];
    yield { ...batch, more: { ...batch.more, ...memberInputs(order[next] ?? 0, members) } };
    next += 1;
  }
}

/** Refuses epochs in which some member would have no step, so that its batch norms would know nothing. @throws LifelongError `config` */
export function checkMembers(members: number, batches: number, task: string): void {
  if (batches >= members) return;
  throw new LifelongError(
    'config',
    `task ${task}: a batch an epoch expected for each of ${members} members of an ensemble, found ${batches}`,
    `take a smaller batchSize, or ensemble: ${Math.max(1, batches)}`,
  );
}
