import { LifelongError } from '../../core/errors.js';
import type { InputValues } from '../../core/input.js';
import { random } from '../../core/random.js';
import type { InputChange } from '../change-inputs.js';
import { isImageShape } from './image-shape.js';

const clip = (value: number): number => Math.min(1, Math.max(0, value));

/** Gaussian noise of this standard deviation; an example always gets the same noise. Values stay in [0, 1]. */
export function addNoise(deviation: number, seed: number): InputChange {
  return imageChange(`noise ${deviation} of seed ${seed}`, (input, output, _, position) => {
    const draws = random(seed, 'noise', position);
    for (let i = 0; i < input.length; i++) output[i] = clip((input[i] as number) + deviation * draws.normal());
  });
}

/** Contrast times `factor` about the mean of each image. Values stay in [0, 1]. */
export function changeContrast(factor: number): InputChange {
  return imageChange(`contrast ${factor}`, (input, output) => {
    let sum = 0;
    for (const value of input) sum += value;
    const mean = sum / input.length;
    for (let i = 0; i < input.length; i++) output[i] = clip(mean + factor * ((input[i] as number) - mean));
  });
}

/** Gaussian blur of this standard deviation in pixels, cut at three of them; the border is repeated outwards. */
export function blur(deviation: number): InputChange {
  const radius = Math.ceil(3 * deviation);
  const bell = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * deviation ** 2)));
  const total = bell.reduce((sum, value) => sum + value, 0);
  const kernel = bell.map((value) => value / total);
  return imageChange(`blur ${deviation}`, (input, output, [height = 0, width = 0, channels = 0]) => {
    const rows = new Float32Array(input.length);
    convolve(input, rows, height, width * channels, width, channels, kernel);
    convolve(rows, output, 1, 0, height, width * channels, kernel);
  });
}

/** Background of white-on-black images painted in a colour: x + (1 - x) colour. The image must have as many channels as the colour. */
export function paintBackground(colour: readonly number[]): InputChange {
  const change = imageChange(`background ${colour.join(' ')}`, (input, output) => {
    for (let i = 0; i < input.length; i++) {
      const value = input[i] as number;
      output[i] = value + (1 - value) * (colour[i % colour.length] as number);
    }
  });
  return {
    ...change,
    shape(shape) {
      if (shape.at(-1) === colour.length) return change.shape(shape);
      throw new LifelongError(
        'config',
        `background: images of ${colour.length} channels expected, found examples of shape [${shape.join(', ')}]`,
        `set input.channels to ${colour.length}`,
      );
    },
  };
}

function imageChange(name: string, apply: InputChange['apply']): InputChange {
  return {
    name,
    shape(shape) {
      if (isImageShape(shape)) return shape;
      throw new LifelongError(
        'config',
        `${name}: images [height, width, channels] expected, found examples of shape [${shape.join(', ')}]`,
      );
    },
    apply,
  };
}

/** Along one axis of `length` places, `step` values apart, in `lines` lines `lineStep` apart; every value of a step is a line of its own. */
function convolve(
  input: InputValues,
  output: InputValues,
  lines: number,
  lineStep: number,
  length: number,
  step: number,
  kernel: readonly number[],
): void {
  const radius = (kernel.length - 1) / 2;
  for (let line = 0; line < lines; line++) {
    for (let place = 0; place < length; place++) {
      for (let i = 0; i < step; i++) {
        let value = 0;
        kernel.forEach((weight, k) => {
          const from = Math.min(length - 1, Math.max(0, place + k - radius));
          value += weight * (input[line * lineStep + from * step + i] as number);
        });
        output[line * lineStep + place * step + i] = value;
      }
    }
  }
}
