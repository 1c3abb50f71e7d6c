import type { Dataset } from './dataset.js';
import { isImageShape } from './images/image-shape.js';

/** What a person should know of how a data set was read, a sentence each: its source's notes, and what its shape makes doubtful. */
export function dataNotes({ inputShape, notes }: Pick<Dataset, 'inputShape' | 'notes'>): string[] {
  const [height = 0, width = 0, channels = 0] = inputShape;
  const doubtful = isImageShape(inputShape) && channels > 4;
  const first = height <= 4 ? `: ${height} channels first? Then move that axis to the end` : '';
  return [
    ...(notes?.() ?? []),
    ...(doubtful
      ? [`images [height, width, channels] of 1, 3 or 4 channels expected, found [${height}, ${width}, ${channels}]${first}`]
      : []),
  ];
}

/**
 * What is known of how data were read, by an earlier process and by this one: a count that both have is the larger one.
 *
 * @param before notes that a run keeps @param now of what was read since
 */
export function mergeNotes(before: readonly string[], now: readonly string[]): string[] {
  const kept = new Map(before.map((note) => [subjectOf(note), note]));
  for (const note of now) {
    const other = kept.get(subjectOf(note));
    if (other === undefined || countIn(note) >= countIn(other)) kept.set(subjectOf(note), note);
  }
  return [...kept.values()];
}

/** Notes that count look like this, perhaps after the name of the data: `3 of 20 images read so far: …`. */
const counted = /(^|: )(\d+) of \d+ /;
const subjectOf = (note: string): string => note.replace(counted, '$1');
const countIn = (note: string): number => Number(counted.exec(note)?.[2] ?? 0);
