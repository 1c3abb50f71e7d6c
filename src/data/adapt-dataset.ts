import { changeInputs, type InputChange } from './change-inputs.js';
import type { Dataset } from './dataset.js';
import { isImageShape } from './images/image-shape.js';
import { resize } from './images/resize.js';
import { withFingerprint } from './with-fingerprint.js';

/**
 * A data set with images of this size and number of channels; the same one when nothing changes, as with examples that are no images.
 *
 * @throws LifelongError `config` for images that cannot have that shape
 */
export function adaptDataset(data: Dataset, size?: readonly [number, number], channels?: number): Dataset {
  if ((size === undefined && channels === undefined) || !isImageShape(data.inputShape)) return data;
  const change = resize(size, channels);
  const inputShape = change.shape(data.inputShape);
  return inputShape.join() === data.inputShape.join() ? data : changeDataset(data, change);
}

function changeDataset(data: Dataset, change: InputChange): Dataset {
  const changed = {
    ...data,
    inputShape: change.shape(data.inputShape),
    train: changeInputs(data.train, change),
    ...(data.validation ? { validation: changeInputs(data.validation, change) } : {}),
    test: changeInputs(data.test, change),
    notes: () => [...(data.notes?.() ?? []), ...lost(data.inputShape, change.shape(data.inputShape))],
  };
  return withFingerprint(changed, change.name);
}

/** What is lost of the channels of every image, a sentence each. */
function lost([, , from = 0]: readonly number[], [, , to = 0]: readonly number[]): string[] {
  return [
    ...(from === 2 || from === 4 ? [`all images: the last of ${from} channels is left out, as transparency`] : []),
    ...(from >= 3 && to === 1 ? ['all images: read as grey, with colours in the data'] : []),
  ];
}
