/** A part of a JPEG file before its pixels: `bytes` is what follows the marker and the length. */
export interface JpegSegment {
  readonly marker: number;
  readonly bytes: Uint8Array;
}

/** Markers that stand alone, without a length: TEM, RSTn, SOI. */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);

/** The segments of a JPEG file up to the start of its pixels; it ends early where the file is cut off or is no JPEG. */
export function* jpegSegments(file: Uint8Array): Generator<JpegSegment> {
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff;) {
    const marker = file[at + 1] as number;
    if (marker === 0xff) {
      at++; // fill bytes may stand before a marker
      continue;
    }
    if (isAlone(marker)) {
      at += 2;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return;
    const length = ((file[at + 2] as number) << 8) | (file[at + 3] as number);
    if (length < 2) return;
    yield { marker, bytes: file.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}
