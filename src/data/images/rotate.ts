import { LifelongError } from '../../core/errors.js';
import type { InputChange } from '../change-inputs.js';
import { isImageShape } from './image-shape.js';

/**
 * Turns images counter-clockwise about their centre, bilinear, zeros from outside. Multiples of 90 degrees of square images are exact.
 *
 * @param degrees counter-clockwise
 */
export function rotate(degrees: number): InputChange {
  const tables = new Map<string, Sources>();
  return {
    name: `rotation by ${degrees} degrees`,
    shape(shape) {
      if (isImageShape(shape)) return shape;
      throw new LifelongError(
        'config',
        `rotated: images [height, width, channels] expected, found examples of shape [${shape.join(', ')}]`,
      );
    },
    apply(input, output, [height = 0, width = 0, channels = 0]) {
      const key = `${height} ${width}`;
      const { pixels, weights } = tables.get(key) ?? sources(height, width, degrees);
      tables.set(key, { pixels, weights });
      for (let place = 0; place < height * width; place++) {
        for (let c = 0; c < channels; c++) {
          let value = 0;
          for (let corner = 4 * place; corner < 4 * place + 4; corner++) {
            value += (weights[corner] as number) * (input[(pixels[corner] as number) * channels + c] as number);
          }
          output[place * channels + c] = value;
        }
      }
    },
  };
}

/** For each pixel the four it is mixed from `[height * width * 4]`, and their weights, 0 for those outside. */
interface Sources {
  readonly pixels: Int32Array;
  readonly weights: Float64Array;
}

function sources(height: number, width: number, degrees: number): Sources {
  const [cos, sin] = [exact(Math.cos((degrees * Math.PI) / 180)), exact(Math.sin((degrees * Math.PI) / 180))];
  const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
  const pixels = new Int32Array(height * width * 4);
  const weights = new Float64Array(height * width * 4);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [dy, dx] = [y - middleY, x - middleX];
      const [fromY, fromX] = [middleY + cos * dy + sin * dx, middleX - sin * dy + cos * dx];
      for (const row of [Math.floor(fromY), Math.floor(fromY) + 1]) {
        for (const column of [Math.floor(fromX), Math.floor(fromX) + 1]) {
          if (row >= 0 && row < height && column >= 0 && column < width) {
            pixels[at] = row * width + column;
            weights[at] = (1 - Math.abs(fromY - row)) * (1 - Math.abs(fromX - column));
          }
          at++;
        }
      }
    }
  }
  return { pixels, weights };
}

/** Sines and cosines that should be 0, 1 or -1 made so. */
const exact = (value: number): number => (Math.abs(value - Math.round(value)) < 1e-12 ? Math.round(value) : value);
