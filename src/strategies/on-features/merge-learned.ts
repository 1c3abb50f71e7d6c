import { sameNormalization } from '../../core/check-extractor.js';
import { LifelongError } from '../../core/errors.js';
import { taskRef, type TaskRef } from '../../core/task.js';
import type { Basis } from './basis.js';
import { joined, type Learned } from './learned.js';
import { changeBetween, changeMoment, changeSums, type Change } from './restandardize.js';
import type { ClassSums } from './sums.js';

/**
 * What two runs have learned as one run would have over the tasks of both. Where they are standardized by different first tasks, the sums of the other
 * are brought to the standardization of the one, which is exact.
 *
 * @param tasks what the other's tasks are called then
 * @param affine whether rows are the standardized features; otherwise both need one standardization
 * @throws LifelongError `usage` for runs that do not fit, naming what differs
 */
export function mergeLearned(one: Learned, other: Learned, tasks: readonly TaskRef[], affine: boolean): Learned {
  if (!one.basis || !other.basis) throw refused('a learned task in each', 'none', 'resume the run first');
  const change = changeOfMerged(other.basis, one.basis, affine);
  const changed = (sums: ClassSums) => (change ? changeSums(sums, change) : sums);
  const moved = other.tasks.map((task, i) => ({
    ...task,
    ref: taskRef(tasks[i] ?? task.ref),
    sums: changed(task.sums),
    heldOut: task.heldOut && changed(task.heldOut),
  }));
  const all = other.tasks.map(({ sums }) => sums);
  const allHeldOut = other.tasks.flatMap(({ heldOut }) => (heldOut ? [heldOut] : []));
  const { moment, heldOutMoment } = other;
  return {
    basis: one.basis,
    tasks: [...one.tasks, ...moved],
    moment: joined(one.moment, moment && change ? changeMoment(moment, all, change) : moment),
    heldOutMoment: joined(one.heldOutMoment, heldOutMoment && change ? changeMoment(heldOutMoment, allHeldOut, change) : heldOutMoment),
  };
}

/**
 * What brings features that are standardized as in the one run to the standardization of the other.
 *
 * @param affine whether what was learned can follow
 * @throws LifelongError `usage` for runs on other features, of another seed where it rules anything, or of another standardization that cannot be followed
 */
export function changeOfMerged(from: Basis, to: Basis, affine: boolean): Change | undefined {
  checkBases(to, from);
  const change = changeBetween(from, to);
  if (!change || affine) return change;
  throw refused(
    'one standardization of features',
    'two, each of its own first task',
    sameNormalization(from.extractor, to.extractor)
      ? 'learn both by `lifelong run STREAM --set standardization=length`, which needs no first task'
      : 'learn both in a program with one extractor: loadExtractor(name, { normalization })',
  );
}

function checkBases(one: Basis, other: Basis): void {
  const describe = ({ extractor: { name, sha256, size } }: Basis) =>
    `${name}${sha256 === null ? '' : ` with sha256 ${sha256.slice(0, 8)}…`}, ${size} numbers`;
  const [a, b] = [one.extractor, other.extractor];
  if (a.size !== b.size || (a.sha256 === null ? a.name !== b.name : a.sha256 !== b.sha256)) {
    throw refused(`features of ${describe(one)}`, `of ${describe(other)}`, 'learn both with one extractor');
  }
  if (one.seed !== other.seed)
    throw refused(
      `seed ${one.seed}, which rules the projection`,
      `seed ${other.seed}`,
      'learn both by `lifelong run STREAM --seed N` with one N',
    );
}

const refused = (expected: string, found: string, hint: string) =>
  new LifelongError('usage', `merge: ${expected} expected in both runs, found ${found}`, hint);
