import { LifelongError } from '../../core/errors.js';
import type { Split } from '../../core/task.js';
import { labelsAt, lengthOf } from '../array-split.js';
import type { ReadingTally } from '../reading-tally.js';
import { readImage, type ImageChange } from './read-image.js';

export interface ImageFilesOptions {
  /** `[height, width]` that images are resized to; without it all must have the size of the first. */
  readonly size?: readonly [number, number] | undefined;
  readonly channels?: 1 | 3 | undefined;
  /** A damaged image is an error that names the file, or the next good image of its class stands in for it. */
  readonly corrupt: 'stop' | 'skip';
  /** Larger images are refused. */
  readonly maxPixels?: number | undefined;
}

/** What may have happened to an image of a data set. */
export type ImageFate = ImageChange | 'damaged, another of their class stands in';

/** Decoded images are kept as bytes up to this much memory; others are decoded anew each time. */
const cacheBytes = 256 * 2 ** 20;

/**
 * A split over image files that are decoded when they are read.
 *
 * @param listed paths by class
 * @param classes in order of their indices
 * @param tally counts what is changed or replaced as images are read
 */
export function imageFiles(
  listed: ReadonlyMap<string, readonly string[]>,
  classes: readonly string[],
  inputShape: readonly [number, number, number],
  options: ImageFilesOptions,
  tally: ReadingTally<ImageFate>,
): Split {
  const paths = classes.flatMap((name) => listed.get(name) ?? []);
  const labels = Int32Array.from(classes.flatMap((name, c) => Array<number>(listed.get(name)?.length ?? 0).fill(c)));
  const length = lengthOf(inputShape);
  const cache = new Map<number, Uint8Array>();

  const decode = async (position: number): Promise<Uint8Array> => {
    const path = paths[position] ?? '';
    const { bytes, changes } = await readImage(path, inputShape, { resized: options.size !== undefined, maxPixels: options.maxPixels });
    tally.add(path, changes);
    return bytes;
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
        tally.add(paths[candidate] ?? '', ['damaged, another of their class stands in']);
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
