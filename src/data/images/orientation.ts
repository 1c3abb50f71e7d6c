import type { ImageFormat } from './image-format.js';
import { jpegSegments } from './jpeg-segments.js';
import { pngChunks } from './png-chunks.js';

/** How a camera was held: 1 upright, 2 to 8 as EXIF numbers them (CIPA DC-008, tag 0x0112). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientationTag = 0x0112;
const exifMarker = 'Exif\0\0';

/** The EXIF orientation of a JPEG (APP1) or PNG (eXIf); 1 where there is none, or none that can be read. */
export function orientationOf(file: Uint8Array, format: ImageFormat | undefined): Orientation {
  if (format === 'jpeg') {
    for (const { marker, bytes } of jpegSegments(file)) {
      if (marker !== 0xe1 || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== exifMarker) continue;
      return orientationIn(bytes.subarray(6));
    }
  }
  if (format === 'png') {
    for (const { type, bytes } of pngChunks(file)) if (type === 'eXIf') return orientationIn(bytes);
  }
  return 1;
}

/** Looks through the first directory of EXIF data, which is a TIFF file of either byte order. */
function orientationIn(exif: Uint8Array): Orientation {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  const order = Buffer.from(exif.subarray(0, 2)).toString('latin1');
  if (exif.length < 8 || (order !== 'II' && order !== 'MM')) return 1;
  const little = order === 'II';
  const directory = view.getUint32(4, little);
  if (view.getUint16(2, little) !== 42 || directory + 2 > exif.length) return 1;
  const entries = view.getUint16(directory, little);
  for (let entry = 0, at = directory + 2; entry < entries && at + 12 <= exif.length; entry++, at += 12) {
    if (view.getUint16(at, little) !== orientationTag) continue;
    const isLong = view.getUint16(at + 2, little) === 4; // the standard has SHORT; some writers have LONG
    const value = isLong ? view.getUint32(at + 8, little) : view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? (value as Orientation) : 1;
  }
  return 1;
}
