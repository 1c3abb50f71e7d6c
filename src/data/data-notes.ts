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
