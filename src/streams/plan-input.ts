import type { Input } from '../core/input.js';
import type { Dataset } from '../data/dataset.js';
import { inputOf } from '../domains/registry.js';
import type { TaskPlan } from './task-plan.js';

/**
 * What the inputs of a task will be.
 *
 * @throws LifelongError `config` for a change that such inputs cannot have, `data` for inputs of no domain
 */
export function planInput({ id, changes, data }: Pick<TaskPlan, 'id' | 'changes'> & { readonly data: Dataset }): Input {
  const shape = changes.reduce((before, change) => change.shape(before), data.inputShape);
  return inputOf({ shape, domain: data.domain, dtype: data.dtype }, `task "${id}"`);
}
