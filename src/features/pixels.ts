import { LifelongError } from '../core/errors.js';
import type { FeatureExtractor } from '../core/features.js';
import type { InputValues } from '../core/input.js';
import { isImageShape } from '../data/images/image-shape.js';

/** Width and height of the small image. */
const side = 14;

/**
 * The image itself, made 14 x 14 by averaging areas and flattened: needs no weights and no backend. D = 196 for grey images, 588 for colour.
 */
export function pixels(): FeatureExtractor {
  return {
    name: 'pixels',
    sha256: null,
    size: (inputShape) => side * side * imageShape(inputShape)[2],
    extract({ shape, inputs }) {
      const [height, width, channels] = imageShape(shape);
      return Promise.resolve(resizeArea(inputs, height, width, channels));
    },
    dispose: () => undefined,
  };
}

function imageShape(shape: readonly number[]): [number, number, number] {
  if (!isImageShape(shape)) {
    throw new LifelongError(
      'config',
      `features pixels: images [height, width, channels] expected, found inputs [${shape.join(', ')}]`,
      'use features vector for vectors',
    );
  }
  return [...shape];
}

/** `[n, h, w, c]` to `[n, 14, 14, c]`: every new pixel is the mean of the area that it covers, parts of pixels counted as parts. */
function resizeArea(inputs: InputValues, height: number, width: number, channels: number): Float32Array {
  const rows = coverage(height);
  const columns = coverage(width);
  const count = inputs.length / (height * width * channels);
  const output = new Float32Array(count * side * side * channels);
  const strip = new Float64Array(width * channels);
  let at = 0;
  for (let image = 0; image < count; image++) {
    for (const row of rows) {
      strip.fill(0);
      row.forEach(([y, weight]) => {
        const start = (image * height + y) * width * channels;
        for (let i = 0; i < strip.length; i++) strip[i] = (strip[i] ?? 0) + weight * (inputs[start + i] ?? 0);
      });
      for (const column of columns) {
        for (let channel = 0; channel < channels; channel++) {
          output[at++] = column.reduce((sum, [x, weight]) => sum + weight * (strip[x * channels + channel] ?? 0), 0);
        }
      }
    }
  }
  return output;
}

/** For each of the 14 places the pixels under it and their shares, which add up to 1. */
function coverage(length: number): (readonly [pixel: number, share: number])[][] {
  return Array.from({ length: side }, (_, place) => {
    const [from, to] = [(place * length) / side, ((place + 1) * length) / side];
    const covered: (readonly [number, number])[] = [];
    for (let pixel = Math.floor(from); pixel < to && pixel < length; pixel++) {
      const share = (Math.min(to, pixel + 1) - Math.max(from, pixel)) / (to - from);
      if (share > 1e-9) covered.push([pixel, share]);
    }
    return covered;
  });
}
