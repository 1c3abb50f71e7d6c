import { LifelongError } from '../core/errors.js';
import type { InputChange } from './change-inputs.js';

/**
 * Turns images counter-clockwise about their centre, bilinear, zeros from outside. Multiples of 90 degrees of square images are exact.
 *
 * @param degrees counter-clockwise
 */
export function rotate(degrees: number): InputChange {
  const [cos, sin] = [exact(Math.cos((degrees * Math.PI) / 180)), exact(Math.sin((degrees * Math.PI) / 180))];
  return {
    name: `rotation by ${degrees} degrees`,
    shape(shape) {
      if (shape.length === 3) return shape;
      throw new LifelongError(
        'config',
        `rotated: images [height, width, channels] expected, found examples of shape [${shape.join(', ')}]`,
      );
    },
    apply(input, output, [height = 0, width = 0, channels = 0]) {
      const [middleY, middleX] = [(height - 1) / 2, (width - 1) / 2];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [dy, dx] = [y - middleY, x - middleX];
          const [fromY, fromX] = [middleY + cos * dy + sin * dx, middleX - sin * dy + cos * dx];
          const [top, left] = [Math.floor(fromY), Math.floor(fromX)];
          const [down, right] = [fromY - top, fromX - left];
          for (let c = 0; c < channels; c++) {
            const at = (row: number, column: number): number =>
              row < 0 || row >= height || column < 0 || column >= width ? 0 : (input[(row * width + column) * channels + c] as number);
            output[(y * width + x) * channels + c] =
              (1 - down) * ((1 - right) * at(top, left) + right * at(top, left + 1)) +
              down * ((1 - right) * at(top + 1, left) + right * at(top + 1, left + 1));
          }
        }
      }
    },
  };
}

/** Sines and cosines that should be 0, 1 or -1 made so. */
const exact = (value: number): number => (Math.abs(value - Math.round(value)) < 1e-12 ? Math.round(value) : value);
