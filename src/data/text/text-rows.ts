import { LifelongError } from '../../core/errors.js';
import type { ClassName } from '../../core/task.js';
import type { Texts } from './tokenizer.js';

/** A labelled example of text as its file has it. */
export interface TextRow {
  readonly texts: Texts;
  /** Undefined where labels may be missing and this one is. */
  readonly label: ClassName | undefined;
  /** File and line. */
  readonly where: string;
}

/** Of what a text is, by name: one column, or the two of a pair. */
export type TextNames = string | readonly [first: string, second: string];

export const namesOf = (text: TextNames): readonly string[] => (typeof text === 'string' ? [text] : text);

/** The texts of these columns, in their order. */
export const textsOf = (columns: readonly string[]): Texts => columns as unknown as Texts;

/**
 * Where named columns stand.
 *
 * @param header names in the order of the columns
 * @throws LifelongError `data` for a name that no column or more than one has
 */
export function placesOf(names: readonly string[], header: readonly string[], where: string): number[] {
  return names.map((name) => {
    const places = [...header.keys()].filter((at) => header[at] === name);
    const [place, ...others] = places;
    if (place !== undefined && others.length === 0) return place;
    const found = place === undefined ? header.slice(0, 20).join(', ') : `it at ${places.map((at) => at + 1).join(' and ')}`;
    throw new LifelongError('data', `${where}: ${place === undefined ? '' : 'one '}column "${name}" expected, found ${found}`);
  });
}
