import type { ImageFormat } from './image-format.js';
import { jpegSegments } from './jpeg-segments.js';
import { pngChunks } from './png-chunks.js';

/** What the header of an image claims, before anything is decoded. */
export interface ImageHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a channel. */
  readonly depth: number;
  /** Of a JPEG: 4 are inks. */
  readonly channels?: number;
}

/** Start-of-frame markers of JPEG: all from 0xC0 to 0xCF but those of tables (DHT, JPG, DAC). */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The header of a PNG, JPEG, GIF or BMP; undefined where there is none that can be read, and for other formats. */
export function imageHeader(file: Uint8Array, format: ImageFormat | undefined): ImageHeader | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (format === 'png') {
    const [first] = pngChunks(file);
    if (first?.type !== 'IHDR' || first.bytes.length < 13) return undefined;
    return { width: view.getUint32(16), height: view.getUint32(20), depth: view.getUint8(24) };
  }
  if (format === 'gif') {
    return file.length < 10 ? undefined : { width: view.getUint16(6, true), height: view.getUint16(8, true), depth: 8 };
  }
  if (format === 'bmp') {
    if (file.length < 26) return undefined;
    if (view.getUint32(14, true) === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true), depth: 8 };
    return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)), depth: 8 };
  }
  if (format !== 'jpeg') return undefined;
  for (const { marker, bytes } of jpegSegments(file)) {
    if (!isFrame(marker)) continue;
    if (bytes.length < 5) return undefined;
    const frame = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { depth: frame.getUint8(0), height: frame.getUint16(1), width: frame.getUint16(3), channels: bytes[5] ?? 0 };
  }
  return undefined;
}
