import { LifelongError } from '../../core/errors.js';
import { lengthOf } from '../array-split.js';
import type { FileExamples } from '../file-examples.js';
import { readBytes } from '../files.js';
import { decodeImage, type DecodingChange } from './decode-image.js';
import { resize } from './resize.js';

/** What was lost or turned on the way from a file to an input. */
export type ImageChange = DecodingChange | 'read as grey, with colours in the file';

export interface ReadImageOptions {
  /** Whether an image of another size is brought to the shape, or refused. */
  readonly resized: boolean;
  readonly maxPixels?: number | undefined;
}

/** An image as a task sees it. */
export interface ReadImage {
  /** Row-major `[height, width, channels]`; inputs are these / 255. */
  readonly bytes: Uint8Array;
  readonly changes: readonly ImageChange[];
}

/**
 * The one way from an image file to an input, for streams and predictions alike: decoded, turned upright, channels mixed, resized, rounded.
 *
 * @throws LifelongError `data` when it cannot be decoded; `config` for one of too many pixels, or of another size where it is not to be resized
 */
export async function readImage(
  path: string,
  [height, width, channels]: readonly [number, number, number],
  { resized, maxPixels }: ReadImageOptions,
): Promise<ReadImage> {
  const { shape, bytes, changes } = await decodeImage(await readBytes(path), path, maxPixels);
  if (!resized && (shape[0] !== height || shape[1] !== width)) {
    throw new LifelongError(
      'config',
      `${path}: an image of ${height} x ${width} expected, like the first one, found ${shape[0]} x ${shape[1]}`,
      'set input.size, and images are resized',
    );
  }
  const values = new Float32Array(lengthOf([height, width, channels]));
  resize([height, width], channels).apply(Float32Array.from(bytes), values, shape, 0);
  return {
    bytes: Uint8Array.from(values, Math.round),
    changes: [
      ...changes,
      ...(isTransparent(shape, bytes) ? (['read without their transparency'] as const) : []),
      ...(channels === 1 && hasColours(shape, bytes) ? (['read as grey, with colours in the file'] as const) : []),
    ],
  };
}

/**
 * The image of a file as a task of this shape sees it, whatever its size.
 *
 * @throws LifelongError as {@link readImage}; `data` for a task of vectors
 */
export async function readImageExample(path: string, inputShape: readonly number[], maxPixels?: number): Promise<FileExamples> {
  const [height, width, channels] = inputShape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new LifelongError('data', `${path}: vectors of ${inputShape.join()} numbers expected, found an image`);
  }
  const { bytes, changes } = await readImage(path, [height, width, channels], { resized: true, maxPixels }).catch((error: unknown) => {
    if (!(error instanceof LifelongError) || error.code !== 'data') throw error;
    const hint = error.hint?.startsWith('remove the file') ? 'leave the file out' : error.hint; // data.corrupt is for streams
    throw new LifelongError('data', error.message, hint, { cause: error });
  });
  return { shape: inputShape, inputs: bytes, notes: changes.map((change) => `${path}: ${change}`) };
}

function isTransparent([, , channels]: readonly number[], bytes: Uint8Array): boolean {
  if (channels !== 2 && channels !== 4) return false;
  for (let at = channels - 1; at < bytes.length; at += channels) if (bytes[at] !== 255) return true;
  return false;
}

function hasColours([, , channels = 0]: readonly number[], bytes: Uint8Array): boolean {
  if (channels < 3) return false;
  for (let at = 0; at < bytes.length; at += channels) if (bytes[at] !== bytes[at + 1] || bytes[at] !== bytes[at + 2]) return true;
  return false;
}
