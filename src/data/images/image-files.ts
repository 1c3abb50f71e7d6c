import { LifelongError } from '../../core/errors.js';
import type { Split } from '../../core/task.js';
import { labelsAt, lengthOf } from '../array-split.js';
import { decodeImage } from './decode-image.js';
import { readBytes } from '../files.js';
import { resize } from './resize.js';

export interface ImageFilesOptions {
  /** `[height, width]` that images are resized to; without it all must have the size of the first. */
  readonly size?: readonly [number, number] | undefined;
  readonly channels?: 1 | 3 | undefined;
  /** A damaged image is an error that names the file, or the next good image of its class stands in for it. */
  readonly corrupt: 'stop' | 'skip';
}

/** Decoded images are kept as bytes up to this much memory; others are decoded anew each time. */
const cacheBytes = 256 * 2 ** 20;

/**
 * A split over image files that are decoded when they are read.
 *
 * @param listed paths by class
 * @param classes in order of their indices
 */
export function imageFiles(
  listed: ReadonlyMap<string, readonly string[]>,
  classes: readonly string[],
  inputShape: readonly [number, number, number],
  options: ImageFilesOptions,
): Split {
  const paths = classes.flatMap((name) => listed.get(name) ?? []);
  const labels = Int32Array.from(classes.flatMap((name, c) => Array<number>(listed.get(name)?.length ?? 0).fill(c)));
  const length = lengthOf(inputShape);
  const [height, width, channels] = inputShape;
  const adapt = resize([height, width], channels);
  const cache = new Map<number, Uint8Array>();

  const decode = async (position: number): Promise<Uint8Array> => {
    const path = paths[position] ?? '';
    const { shape, bytes } = await decodeImage(await readBytes(path), path);
    if (!options.size && (shape[0] !== height || shape[1] !== width)) {
      throw new LifelongError(
        'config',
        `${path}: an image of ${height} x ${width} expected, like the first one, found ${shape[0]} x ${shape[1]}`,
        'set input.size, and images are resized',
      );
    }
    const resized = new Float32Array(length);
    adapt.apply(Float32Array.from(bytes), resized, shape, position);
    return Uint8Array.from(resized, Math.round);
  };

  const load = async (position: number): Promise<Uint8Array> => {
    const cached = cache.get(position);
    if (cached) return cached;
    for (let candidate = position; ;) {
      try {
        const image = await decode(candidate);
        if ((cache.size + 1) * length <= cacheBytes) cache.set(position, image);
        return image;
      } catch (error) {
        if (options.corrupt === 'stop' || !(error instanceof LifelongError) || error.code !== 'data') throw error;
        candidate = nextOfClass(labels, candidate);
        if (candidate === position) throw error;
      }
    }
  };

  return {
    size: paths.length,
    labels: () => Promise.resolve(labels),
    async read(indices) {
      const inputs = new Float32Array(indices.length * length);
      const images = await Promise.all(Array.from(indices, load));
      images.forEach((image, i) => {
        for (let v = 0; v < length; v++) inputs[i * length + v] = (image[v] as number) / 255;
      });
      return { shape: inputShape, inputs, labels: labelsAt(labels, indices) };
    },
  };
}

/** The next position of the same class, going round; classes lie together. */
function nextOfClass(labels: Int32Array, position: number): number {
  const next = position + 1;
  return labels[next] === labels[position] ? next : labels.indexOf(labels[position] as number);
}
