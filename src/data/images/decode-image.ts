import { LifelongError } from '../../core/errors.js';
import { prepareNative } from '../../setup/native.mjs';
import { inputLimits } from '../input-limits.js';
import { checkBmp } from './check-bmp.js';
import type { DecodedImage } from './decoded-image.js';
import { decodeDeepPng } from './deep-png.js';
import { firstFrame } from './first-frame.js';
import { imageFormat } from './image-format.js';
import { imageHeader } from './image-header.js';
import { orientationOf } from './orientation.js';
import { pngChunks } from './png-chunks.js';
import { turnUpright } from './turn-upright.js';

/** What decoding changed, in words that follow "2 of 8 images:". */
export type DecodingChange =
  | 'turned upright by their EXIF orientation'
  | 'read at their first frame'
  | 'brought from 16 bits to 8'
  | 'brought from four inks to red, green and blue'
  | 'read as black where they are transparent'
  | 'read without their transparency';

export interface DecodedFile extends DecodedImage {
  readonly changes: readonly DecodingChange[];
}

/** Whether a file is named as images are. What it is, its content tells: see {@link imageFormat}. */
export const isImageName = (name: string): boolean => /\.(png|jpe?g|bmp|gif|webp|tiff?|avif)$/i.test(name);

/**
 * Decodes an image by what its content is, and turns it upright: PNG, JPEG, BMP and GIF (its first frame) by TensorFlow, other formats by the
 * optional package sharp. Palettes become colours, 16 bits become 8, CMYK becomes RGB; transparency stays as a channel.
 *
 * @param path for errors
 * @param maxPixels read from the header, before anything is decoded
 * @throws LifelongError `data` when the image is damaged, or sharp is needed and not installed; `config` when it is too large; a fault of the
 * backend as it is
 */
export async function decodeImage(bytes: Uint8Array, path: string, maxPixels: number = inputLimits.pixels): Promise<DecodedFile> {
  const format = imageFormat(bytes);
  if (format === undefined || format === 'webp' || format === 'tiff' || format === 'heif') return decodeBySharp(bytes, path, maxPixels);
  const header = imageHeader(bytes, format);
  if (!header) throw damaged(path);
  const pixels = header.width * header.height;
  if (pixels > maxPixels) throw tooLarge(path, `${header.width} x ${header.height}`, maxPixels);
  const changes: DecodingChange[] = [];
  if (format === 'bmp') checkBmp(bytes, path);
  if (format === 'gif') return decodeGif(bytes, path);
  if (format === 'png') changes.push(...pngChanges(bytes));
  if (format === 'jpeg' && header.channels === 4) changes.push('brought from four inks to red, green and blue');
  const deep = format === 'png' && header.depth === 16;
  if (deep) changes.push('brought from 16 bits to 8');
  const decoded = deep ? decodeDeep(bytes, path, pixels) : await decodeByTensorFlow(bytes, path);
  const orientation = orientationOf(bytes, format);
  if (orientation !== 1) changes.push('turned upright by their EXIF orientation');
  return { ...turnUpright(decoded, orientation), changes };
}

/** A GIF by its first frame; the decoder would put one that is smaller than the canvas in a wrong place. */
async function decodeGif(bytes: Uint8Array, path: string): Promise<DecodedFile> {
  const first = firstFrame(bytes);
  if (!first) throw damaged(path);
  if (!first.whole) {
    throw new LifelongError('data', `${path}: a GIF whose first frame fills it expected, found one that does not`, 'save it as PNG');
  }
  const decoded = await decodeByTensorFlow(first.bytes, path);
  const changes: DecodingChange[] = first.animated ? ['read at their first frame'] : [];
  if (first.transparent && hasBlack(decoded)) changes.push('read as black where they are transparent');
  return { ...decoded, changes };
}

function hasBlack({ bytes }: DecodedImage): boolean {
  for (let at = 0; at < bytes.length; at += 3) if (bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0) return true;
  return false;
}

/** What a PNG has that is not read: other frames, and in grey or colour without a palette one colour that stands for transparency. */
function pngChanges(file: Uint8Array): DecodingChange[] {
  const palette = 3;
  const chunks = new Set<string>();
  for (const { type } of pngChunks(file)) chunks.add(type);
  return [
    ...(chunks.has('acTL') ? (['read at their first frame'] as const) : []),
    ...(chunks.has('tRNS') && file[25] !== palette ? (['read without their transparency'] as const) : []),
  ];
}

function decodeDeep(bytes: Uint8Array, path: string, pixels: number): DecodedImage {
  try {
    return decodeDeepPng(bytes, pixels);
  } catch (cause) {
    throw damaged(path, cause);
  }
}

async function decodeByTensorFlow(bytes: Uint8Array, path: string): Promise<DecodedImage> {
  prepareNative();
  const tf = await import('@tensorflow/tfjs-node');
  try {
    return tf.tidy(() => {
      const image = tf.node.decodeImage(bytes, 0, 'int32', false);
      const [channels = 0, width = 0, height = 0] = image.shape.toReversed();
      return { shape: [height, width, channels], bytes: Uint8Array.from(image.dataSync().subarray(0, height * width * channels)) };
    });
  } catch (cause) {
    throw isAboutBytes(cause) ? damaged(path, cause) : cause;
  }
}

/**
 * True for what is said of the bytes: tfjs-node knows no format in their start, or TensorFlow's decoder calls them an invalid argument
 * (status 3). Whatever else is thrown is not the file's fault.
 */
const isAboutBytes = (error: unknown): boolean =>
  error instanceof Error && /^(Expected image \(BMP, JPEG, PNG, or GIF\)|Invalid TF_Status: 3\n)/.test(error.message);

interface SharpImage {
  metadata(): Promise<{
    readonly width?: number;
    readonly height?: number;
    readonly orientation?: number;
    readonly pages?: number;
    readonly depth?: string;
  }>;
  rotate(): SharpImage;
  raw(): SharpImage;
  toBuffer(options: {
    resolveWithObject: true;
  }): Promise<{ readonly data: Uint8Array; readonly info: { readonly width: number; readonly height: number; readonly channels: number } }>;
}

/** The part of sharp that is used here: it is not a dependency, so its types are not at hand. */
type Sharp = (input: Uint8Array, options: { limitInputPixels: false }) => SharpImage;

async function decodeBySharp(bytes: Uint8Array, path: string, maxPixels: number): Promise<DecodedFile> {
  const name = 'sharp';
  let sharp: Sharp;
  try {
    sharp = ((await import(name)) as { default: Sharp }).default;
  } catch (cause) {
    throw new LifelongError(
      'data',
      `${path}: PNG, JPEG, BMP or GIF expected, found another format or a damaged file`,
      'npm install sharp for other formats',
      { cause },
    );
  }
  try {
    const image = sharp(bytes, { limitInputPixels: false });
    const { width = 0, height = 0, orientation = 1, pages = 1, depth } = await image.metadata();
    if (width * height > maxPixels) throw tooLarge(path, `${width} x ${height}`, maxPixels);
    const { data, info } = await image.rotate().raw().toBuffer({ resolveWithObject: true }); // rotate(): by the EXIF orientation
    return {
      shape: [info.height, info.width, info.channels],
      bytes: data,
      changes: [
        ...(orientation > 1 ? (['turned upright by their EXIF orientation'] as const) : []),
        ...(pages > 1 ? (['read at their first frame'] as const) : []),
        ...(depth === 'ushort' ? (['brought from 16 bits to 8'] as const) : []),
      ],
    };
  } catch (cause) {
    throw cause instanceof TypeError || cause instanceof LifelongError ? cause : damaged(path, cause);
  }
}

const damaged = (path: string, cause?: unknown) =>
  new LifelongError('data', `${path}: the image cannot be decoded`, 'remove the file, or set data.corrupt to skip', { cause });

/** Not code `data`: data.corrupt: skip is for what is damaged. */
const tooLarge = (path: string, found: string, maxPixels: number) =>
  new LifelongError(
    'config',
    `${path}: an image of at most ${maxPixels} pixels expected, found ${found}`,
    'set data.maxPixels (predict: --max-pixels) to more if that is right, or remove the file',
  );
