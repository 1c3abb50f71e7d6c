import { composed } from '../core/composed.js';
import { LifelongError, nearestName } from '../core/errors.js';
import type { ClassName } from '../core/task.js';

/** Labels as class indices, and the classes that they point to. */
export interface IndexedLabels {
  readonly classes: readonly ClassName[];
  readonly labels: Int32Array;
}

/** What labels of one class have in common: a text has several forms in Unicode that are one to a reader. */
export const classKey = (label: ClassName): ClassName => (typeof label === 'string' ? composed(label) : label);

/**
 * Every different label, sorted: numbers by value, before strings by code point. A text that comes in several Unicode forms is one class, by its
 * composed form; one that comes in one form stays as it is.
 *
 * @param where names the labels in an error
 * @throws LifelongError `data` for a label that is neither an integer nor a string, or an integer too large to be told from the next one
 */
export function classesOf(where: string, ...parts: ArrayLike<ClassName>[]): ClassName[] {
  const seen = new Set<ClassName>();
  for (const labels of parts) {
    for (let i = 0; i < labels.length; i++) if (!seen.has(labels[i] as ClassName)) seen.add(checkLabel(labels[i], `${where}, sample ${i}`));
  }
  const names = new Map<ClassName, ClassName>();
  for (const label of seen) {
    const key = classKey(label);
    names.set(key, names.has(key) ? key : label);
  }
  return [...names.values()].sort(compareClasses);
}

/**
 * What a person should know of how labels became classes, a sentence each: labels that are in another Unicode form than their class, and classes
 * that only look alike.
 *
 * @param parts labels, each with the class indices that they became
 */
export function classNotes(
  classes: readonly ClassName[],
  ...parts: readonly { readonly labels: ArrayLike<ClassName>; readonly indices: Int32Array }[]
): string[] {
  const others = new Map<ClassName, number>();
  for (const { labels, indices } of parts) {
    indices.forEach((index, i) => {
      const name = classes[index] as ClassName;
      if (labels[i] !== name) others.set(name, (others.get(name) ?? 0) + 1);
    });
  }
  const alike = classes.filter((name) => typeof name === 'number' && classes.includes(String(name)));
  return [
    ...[...others].map(([name, count]) => `class ${JSON.stringify(name)}: ${count} of its labels are in another Unicode form`),
    ...alike.map((name) => `classes ${name} (a number) and "${name}" (a text) are two classes`),
  ];
}

function checkLabel(label: unknown, where: string): ClassName {
  if (typeof label === 'string' ? !/[\uFFFD\p{Surrogate}]/u.test(label) : Number.isSafeInteger(label)) return label as ClassName;
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
  const byKey = new Map(classes.map((name, i) => [classKey(name), i]));
  return Int32Array.from({ length: labels.length }, (_, i) => {
    const label = labels[i] as ClassName;
    const found = index.get(label) ?? byKey.get(classKey(label));
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
