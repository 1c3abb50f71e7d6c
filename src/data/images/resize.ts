import { LifelongError } from '../../core/errors.js';
import type { InputValues } from '../../core/input.js';
import type { InputChange } from '../change-inputs.js';
import { isImageShape } from './image-shape.js';

/**
 * Brings images to one shape: sides by area averaging where they shrink and linearly where they grow (pixel centres at half), one channel
 * repeated to three, three mixed to one by luminance (0.299, 0.587, 0.114), a fourth (alpha) left out.
 *
 * @param size `[height, width]`; as it is when undefined
 * @param channels 1 or 3; as they are when undefined
 */
export function resize(size: readonly [number, number] | undefined, channels: number | undefined): InputChange {
  const axes = new Map<string, Axis>();
  const axis = (from: number, to: number): Axis => {
    const found = axes.get(`${from} ${to}`) ?? axisOf(from, to);
    axes.set(`${from} ${to}`, found);
    return found;
  };
  const target = (shape: readonly number[]): readonly [number, number, number] => {
    if (!isImageShape(shape)) throw mismatch(shape, size, channels);
    const [height, width, depth] = shape;
    const kept = depth === 4 ? 3 : depth === 2 ? 1 : depth;
    if (channels !== undefined && channels !== kept && (kept === 3 ? channels !== 1 : kept !== 1)) throw mismatch(shape, size, channels);
    return [size?.[0] ?? height, size?.[1] ?? width, channels ?? kept];
  };
  return {
    name: `resized to ${size?.join(' x ') ?? 'its size'} x ${channels ?? 'its channels'}`,
    shape: target,
    apply(input, output, shape) {
      const [height = 0, width = 0, depth = 0] = shape;
      const [toHeight, toWidth, toDepth] = target(shape);
      const rows = axis(height, toHeight);
      const columns = axis(width, toWidth);
      const mixed = mixChannels(input, depth, toDepth);
      const narrow = new Float32Array(height * toWidth * toDepth);
      for (let y = 0; y < height; y++) weigh(columns, toDepth, mixed, y * width * toDepth, narrow, y * toWidth * toDepth);
      weigh(rows, toWidth * toDepth, narrow, 0, output, 0);
    },
  };
}

function mismatch(shape: readonly number[], size: readonly number[] | undefined, channels: number | undefined): LifelongError {
  const wanted = [...(size ?? ['any', 'any']), channels ?? 'any'].join(', ');
  return new LifelongError('config', `input: images that can become [${wanted}] expected, found examples of shape [${shape.join(', ')}]`);
}

/** For each place of the new axis: the first old place it takes from, and the weights from there on. */
type Axis = readonly { readonly first: number; readonly weights: readonly number[] }[];

function axisOf(from: number, to: number): Axis {
  const scale = from / to;
  return Array.from({ length: to }, (_, place) => {
    if (scale > 1) {
      const [start, end] = [place * scale, (place + 1) * scale];
      const first = Math.floor(start);
      const count = Math.min(from, Math.ceil(end - 1e-9)) - first;
      const weights = Array.from({ length: count }, (__, i) => (Math.min(end, first + i + 1) - Math.max(start, first + i)) / scale);
      return { first, weights };
    }
    const centre = Math.min(from - 1, Math.max(0, (place + 0.5) * scale - 0.5));
    const first = Math.min(Math.floor(centre), Math.max(0, from - 2));
    const right = centre - first;
    return { first, weights: right === 0 ? [1] : [1 - right, right] };
  });
}

/** Sums weighted runs of `step` values along an axis. */
function weigh(axis: Axis, step: number, input: InputValues, inputStart: number, output: InputValues, outputStart: number): void {
  axis.forEach(({ first, weights }, place) => {
    const to = outputStart + place * step;
    for (let i = 0; i < step; i++) {
      let value = 0;
      for (let w = 0; w < weights.length; w++) value += (weights[w] as number) * (input[inputStart + (first + w) * step + i] as number);
      output[to + i] = value;
    }
  });
}

function mixChannels(input: InputValues, from: number, to: number): InputValues {
  if (from === to) return input;
  const pixels = input.length / from;
  const mixed = new Float32Array(pixels * to);
  for (let p = 0; p < pixels; p++) {
    const at = (c: number): number => input[p * from + c] as number;
    if (to === 1) mixed[p] = from < 3 ? at(0) : 0.299 * at(0) + 0.587 * at(1) + 0.114 * at(2);
    else for (let c = 0; c < 3; c++) mixed[p * 3 + c] = at(from < 3 ? 0 : c);
  }
  return mixed;
}
