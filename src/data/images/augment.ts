import { LifelongError } from '../../core/errors.js';
import type { Random } from '../../core/random.js';
import type { Augmentation, Examples } from '../../core/task.js';
import { isImageShape } from './image-shape.js';

/**
 * Changes every training image at random, in the order of `augmentations`; the examples given stay as they are.
 *
 * - `crop`: zeros around the image, `padding` pixels on each side, then a window of the old size at a uniform place (the published
 *   recipe for 32 x 32 images: padding 4)
 * - `flip`: mirrored left to right with probability 1/2
 * - `brightness`: one u in [-delta, delta] an image, added to all its values, which stay in [0, 1] (published: delta 63/255)
 *
 * @throws LifelongError `config` for examples that are not images
 */
export function augment(examples: Examples, augmentations: readonly Augmentation[], random: Random): Examples {
  const { shape, labels } = examples;
  if (!isImageShape(shape)) {
    throw new LifelongError('config', `augment: images [height, width, channels] expected, found examples of shape [${shape.join(', ')}]`);
  }
  const [height, width, channels] = shape;
  const length = height * width * channels;
  const inputs = new Float32Array(examples.inputs);
  const scratch = new Float32Array(length);
  for (let n = 0; n < labels.length; n++) {
    const image = inputs.subarray(n * length, (n + 1) * length);
    for (const change of augmentations) {
      if (change.kind === 'crop') {
        scratch.set(image);
        const top = random.integer(2 * change.padding + 1) - change.padding;
        const left = random.integer(2 * change.padding + 1) - change.padding;
        crop(scratch, image, height, width, channels, top, left);
      } else if (change.kind === 'flip') {
        if (random.uniform() < 0.5) flip(image, height, width, channels);
      } else {
        brighten(image, (2 * random.uniform() - 1) * change.delta);
      }
    }
  }
  return { shape, inputs, labels };
}

/** The window that starts at (top, left) of `from`; zeros where it leaves the image. */
function crop(from: Float32Array, to: Float32Array, height: number, width: number, channels: number, top: number, left: number): void {
  to.fill(0);
  const columns = width - Math.abs(left);
  if (columns <= 0) return;
  for (let y = Math.max(0, -top); y < Math.min(height, height - top); y++) {
    const source = ((y + top) * width + Math.max(0, left)) * channels;
    to.set(from.subarray(source, source + columns * channels), (y * width + Math.max(0, -left)) * channels);
  }
}

function flip(image: Float32Array, height: number, width: number, channels: number): void {
  for (let y = 0; y < height; y++) {
    for (let left = 0, right = width - 1; left < right; left++, right--) {
      for (let c = 0; c < channels; c++) {
        const [a, b] = [(y * width + left) * channels + c, (y * width + right) * channels + c];
        [image[a], image[b]] = [image[b] as number, image[a] as number];
      }
    }
  }
}

function brighten(image: Float32Array, amount: number): void {
  for (let i = 0; i < image.length; i++) image[i] = Math.min(1, Math.max(0, (image[i] as number) + amount));
}
