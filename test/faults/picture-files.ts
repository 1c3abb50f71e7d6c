import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { prepareNative } from '../../src/setup/native.mjs';

/** Writes files below a folder, and gives its path. */
export function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array | string>>): string {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** A grey or colour JPEG of the highest quality, without subsampled colours. */
export async function jpeg(pixels: Uint8Array, [height, width, channels]: readonly [number, number, number]): Promise<Uint8Array> {
  prepareNative();
  const tf = await import('@tensorflow/tfjs-node');
  const image = tf.tensor3d(pixels, [height, width, channels], 'int32');
  try {
    return await tf.node.encodeJpeg(image, '', 100, false, false, false);
  } finally {
    image.dispose();
  }
}

/** EXIF data that say an orientation and no more, in either byte order. */
export function exif(orientation: number, order: 'II' | 'MM'): Buffer {
  const bytes = Buffer.alloc(26);
  const little = order === 'II';
  const short = (value: number, at: number) => (little ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at));
  const long = (value: number, at: number) => (little ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at));
  bytes.write(order, 0, 'latin1');
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(0x0112, 10);
  short(3, 12);
  long(1, 14);
  short(orientation, 18);
  return bytes;
}

/** A JPEG with EXIF data put in after its first marker. */
export function withExif(file: Uint8Array, data: Uint8Array): Buffer {
  const head = Buffer.from([0xff, 0xe1, 0, 0, ...Buffer.from('Exif\0\0')]);
  head.writeUInt16BE(2 + 6 + data.length, 2);
  return Buffer.concat([file.subarray(0, 2), head, data, file.subarray(2)]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

export interface PngParts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  /** 0 grey, 2 colour, 3 palette, 4 grey and alpha, 6 colour and alpha. */
  readonly colour: number;
  /** Rows of packed samples, without their filter bytes. */
  readonly rows: readonly (readonly number[])[];
  readonly chunks?: Readonly<Record<string, readonly number[] | Uint8Array>>;
}

/** A PNG from its parts, whatever its header claims. */
export function pngOf({ width, height, depth, colour, rows, chunks = {} }: PngParts): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...Object.entries(chunks).map(([type, data]) => chunk(type, Uint8Array.from(data))),
    chunk('IDAT', deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])))),
    chunk('IEND', new Uint8Array()),
  ]);
}

/** A BMP of two pixels in a row. */
export function bmpOf(bits: number, palette: readonly number[], pixels: readonly number[], compression = 0): Buffer {
  const start = 54 + palette.length;
  const bytes = Buffer.alloc(start + pixels.length);
  bytes.write('BM');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(start, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(2, 18);
  bytes.writeInt32LE(1, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bits, 28);
  bytes.writeUInt32LE(compression, 30);
  bytes.set(palette, 54);
  bytes.set(pixels, start);
  return bytes;
}

/**
 * A JPEG of 8 x 8 pixels of one colour in four inks, C, M, Y and K: each block is its mean alone.
 *
 * @param adobe whether the file says that it is Adobe's, which stores inks inverted
 */
export function cmykJpeg(inks: readonly [number, number, number, number], adobe: boolean): Buffer {
  const segment = (marker: number, bytes: readonly number[]) => [0xff, marker, (bytes.length + 2) >> 8, (bytes.length + 2) & 255, ...bytes];
  const components = [1, 2, 3, 4];
  const step = 8; // of the mean of a block, which the transform makes eight times as large
  const categories = Array.from({ length: 12 }, (_, i) => i); // each has a code of four bits, its own number
  const bits = inks
    .map((ink) => {
      const mean = ink - 128;
      const size = Math.abs(mean).toString(2).length * (mean === 0 ? 0 : 1);
      const value = size === 0 ? '' : (mean > 0 ? mean : mean + 2 ** size - 1).toString(2).padStart(size, '0');
      return `${size.toString(2).padStart(4, '0')}${value}0`; // 0: nothing but the mean
    })
    .join('');
  const padded = bits.padEnd(8 * Math.ceil(bits.length / 8), '1');
  const data = Array.from({ length: padded.length / 8 }, (_, i) => Number.parseInt(padded.slice(8 * i, 8 * i + 8), 2));
  return Buffer.from([
    ...[0xff, 0xd8],
    ...(adobe ? segment(0xee, [...Buffer.from('Adobe'), 0, 100, 0, 0, 0, 0, 0]) : []),
    ...segment(0xdb, [0, ...Array<number>(64).fill(step)]),
    ...segment(0xc0, [8, 0, 8, 0, 8, 4, ...components.flatMap((id) => [id, 0x11, 0])]),
    ...segment(0xc4, [0x00, 0, 0, 0, categories.length, ...Array<number>(12).fill(0), ...categories]),
    ...segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    ...segment(0xda, [4, ...components.flatMap((id) => [id, 0x00]), 0, 63, 0]),
    ...data.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])),
    ...[0xff, 0xd9],
  ]);
}
