import { inflateSync } from 'node:zlib';
import { decode } from 'fast-png';
import type { DecodedImage } from './decoded-image.js';
import { pngChunks } from './png-chunks.js';

/**
 * Decodes a PNG of 16 bits a channel and brings its values to bytes, rounded: TensorFlow would leave out the lower eight bits.
 *
 * @param pixels that the header claims; pixel data that unpack to more are refused before they take memory
 */
export function decodeDeepPng(file: Uint8Array, pixels: number): DecodedImage {
  const packed = Buffer.concat([...pngChunks(file)].filter(({ type }) => type === 'IDAT').map(({ bytes }) => bytes));
  const channels = 4;
  const sample = 2;
  inflateSync(packed, { maxOutputLength: pixels * (channels * sample + 2) + 16 }); // 2: filter bytes, at most so many of a row of one pixel
  const image = decode(withoutKey(file));
  return {
    shape: [image.height, image.width, image.channels],
    bytes: Uint8Array.from(image.data, (value) => Math.round(value / 257)),
  };
}

/** The file without the one colour that it calls transparent: what is transparent keeps its colour, and not every decoder reads that of 16 bits. */
function withoutKey(file: Uint8Array): Uint8Array {
  const kept = [file.subarray(0, 8)];
  for (const { type, whole } of pngChunks(file)) if (type !== 'tRNS') kept.push(whole);
  return Buffer.concat(kept);
}
