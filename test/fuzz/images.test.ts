import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { it } from 'vitest';
import { decodeImage } from '../../src/data/images/decode-image.js';
import { bmpOf, cmykJpeg, exif, jpeg, pngOf, withExif } from '../faults/picture-files.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const rows = Array.from({ length: 6 }, (_, y) => Array.from({ length: 24 }, (_, x) => (16 * y + x) % 256));
const pngs = [
  pngOf({ width: 24, height: 6, depth: 8, colour: 0, rows }),
  pngOf({ width: 8, height: 6, depth: 8, colour: 2, rows, chunks: { eXIf: exif(6, 'MM') } }),
  pngOf({ width: 12, height: 6, depth: 16, colour: 0, rows }),
  pngOf({
    width: 24,
    height: 6,
    depth: 8,
    colour: 3,
    rows: rows.map((row) => row.map((value) => value % 4)),
    chunks: { PLTE: [...Array(12).keys()] },
  }),
];
const gif = Buffer.from('R0lGODdhAgACAIABAP///wAAACwAAAAAAgACAAACA0QSBQA7', 'base64');
const chunkTypes = ['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'eXIf', 'iCCP', 'acTL'];

/** The file with the checksums that its chunks should have, so that what is behind them is looked at. */
function withChecksums(file: Buffer): Buffer {
  const fixed = Buffer.from(file);
  for (let at = 8; at + 12 <= fixed.length;) {
    const end = at + 8 + fixed.readUInt32BE(at);
    if (end + 4 > fixed.length) break;
    fixed.writeUInt32BE(crc32(fixed.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return fixed;
}

it('O7, O8: PNG', patience, async () => {
  const changed = mutated(pngs, chunkTypes);
  await onlyClearErrors(fc.oneof(changed, changed.map(withChecksums)), (bytes) => decodeImage(bytes, 'image.png'), { count: 300 });
});

it('O7, O8: JPEG', patience, async () => {
  const grey = await jpeg(
    Uint8Array.from({ length: 384 }, (_, i) => i % 256),
    [16, 24, 1],
  );
  const colour = await jpeg(
    Uint8Array.from({ length: 1152 }, (_, i) => i % 256),
    [16, 24, 3],
  );
  const photos = [grey, colour, withExif(grey, exif(6, 'II')), cmykJpeg([10, 200, 30, 40], true)];
  const markers = ['\xff', '\xff\xd8', '\xff\xd9', '\xff\xda', '\xff\xc0', '\xff\xc2', '\xff\xdd\x00\x04'].map((text) =>
    Buffer.from(text, 'latin1').toString('latin1'),
  );
  await onlyClearErrors(mutated(photos, markers), (bytes) => decodeImage(bytes, 'image.jpg'), { count: 300 });
});

it('O7, O8: BMP and GIF', patience, async () => {
  const grey = Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? 0 : i >> 2));
  const files = [bmpOf(24, [], [1, 2, 3, 4, 5, 6, 0, 0]), bmpOf(32, [], [1, 2, 3, 4, 5, 6, 7, 8]), bmpOf(8, grey, [1, 2, 0, 0]), gif];
  await onlyClearErrors(mutated(files), (bytes) => decodeImage(bytes, 'image'), { count: 400 });
});
