import { LifelongError, nearestName } from '../core/errors.js';
import type { ClassName } from '../core/task.js';

/** Labels as class indices, and the classes that they point to. */
export interface IndexedLabels {
  readonly classes: readonly ClassName[];
  readonly labels: Int32Array;
}

/**
 * Every different label, sorted: numbers by value, before strings by code point.
 *
 * @param where names the labels in an error
 * @throws LifelongError `data` for a label that is neither an integer nor a string, or an integer too large to be told from the next one
 */
export function classesOf(where: string, ...parts: ArrayLike<ClassName>[]): ClassName[] {
  const seen = new Set<ClassName>();
  for (const labels of parts) {
    for (let i = 0; i < labels.length; i++) seen.add(checkLabel(labels[i], `${where}, sample ${i}`));
  }
  return [...seen].sort(compareClasses);
}

function checkLabel(label: unknown, where: string): ClassName {
  if (typeof label === 'string' ? !label.includes('\uFFFD') : Number.isSafeInteger(label)) return label as ClassName;
  if (typeof label === 'string') {
    throw new LifelongError('data', `${where}: a label in UTF-8 expected, found "${label}"`, 'save the file as UTF-8');
  }
  if (Number.isInteger(label)) {
    throw new LifelongError(
      'data',
      `${where}: an integer of up to 53 bits expected as label, found about ${String(label)}`,
      'give labels as texts',
    );
  }
  throw new LifelongError('data', `${where}: an integer or a string expected as label, found ${String(label)}`);
}

function compareClasses(a: ClassName, b: ClassName): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
  return a < b ? -1 : 1;
}

/**
 * Labels as indices into `classes`.
 *
 * @param where names the labels in an error, such as `task "3" test`
 * @throws LifelongError `data` for a label that is neither an integer nor a string, or is not among the classes
 */
export function indexLabels(labels: ArrayLike<ClassName>, classes: readonly ClassName[], where: string): Int32Array {
  const index = new Map(classes.map((name, i) => [name, i]));
  return Int32Array.from({ length: labels.length }, (_, i) => {
    const label = labels[i] as ClassName;
    const found = index.get(label);
    if (found === undefined) throw unknownLabel(checkLabel(label, `${where}, sample ${i}`), classes, `${where}, sample ${i}`);
    return found;
  });
}

function unknownLabel(label: ClassName, classes: readonly ClassName[], where: string): LifelongError {
  const shown = classes.slice(0, 12).map((name) => JSON.stringify(name));
  const near = nearestName(String(label), classes.map(String));
  return new LifelongError(
    'data',
    `${where}: label ${JSON.stringify(label)} is none of the classes ${shown.join(', ')}${classes.length > 12 ? ', …' : ''}`,
    near === undefined ? undefined : `did you mean ${near}?`,
  );
}
