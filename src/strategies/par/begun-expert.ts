import { memberArchitecture } from '../../core/architecture.js';
import type { Expert } from '../../experts/expert.js';
import { begunBeside, hasJointEdits } from '../../experts/joint-edits.js';
import type { Memory } from '../../experts/memory.js';
import { begunUnderController } from '../../experts/shared-controller.js';
import { patched } from '../../experts/patched.js';
import type { ParOptions } from './options.js';

/** A new expert as it begins: a patch beside one on the same weights, whose architecture it copies, with the weights of that one, unless `start` is `fresh`; edits that are to be orthogonal to those of others so, and a head under the controller that there is. */
export function begunExpert(fresh: Expert, { experts }: Pick<Memory, 'experts'>, { start }: Pick<ParOptions, 'start'>): Expert {
  const { on, architecture, architectureFrom } = fresh;
  if (hasJointEdits(fresh)) return begunBeside(fresh, experts);
  const isPatch = on !== null && ('backbone' in on || memberArchitecture(architecture).kind === patched.kind);
  const model = isPatch && start === 'nearest' ? experts.find(({ id }) => id === architectureFrom) : undefined;
  return model && model.on?.sha256 === on?.sha256 ? { ...fresh, vectors: model.vectors } : begunUnderController(fresh, experts);
}
