import type { ClassName } from '../core/task.js';

/** Labels as numbers where each of them is the text of an integer that a double holds exactly. */
export function numbersWhereAllAre(labels: readonly string[]): readonly ClassName[] {
  return labels.every((label) => /^(0|-?[1-9]\d*)$/.test(label) && Number.isSafeInteger(Number(label))) ? labels.map(Number) : labels;
}
