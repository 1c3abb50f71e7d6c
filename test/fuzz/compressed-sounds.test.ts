import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'vitest';
import { decodeSound } from '../../src/data/audio/decode-sound.js';
import { pageChecksum } from '../../src/data/audio/ogg-pages.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const file = (name: string) => readFileSync(join(import.meta.dirname, '../fixtures/sounds', name));

it('O7, O8: FLAC, changed bytes', patience, async () => {
  const whole = [file('sweep.flac'), file('stereo.flac')];
  await onlyClearErrors(
    mutated(whole, ['fLaC', '\xff\xf8', '\0\0\0\0', '\xff\xff\xff\xff']),
    (content) => decodeSound(content, 'a.flac', 30),
    {
      count: 1000,
    },
  );
});

/** The same pages, with the checksums that they have now. */
function mended(content: Uint8Array): Uint8Array {
  const bytes = Buffer.from(content);
  for (let at = bytes.indexOf('OggS'); at >= 0 && at + 27 <= bytes.length;) {
    const table = bytes.subarray(at + 27, at + 27 + (bytes[at + 26] ?? 0));
    const next = at + 27 + table.length + table.reduce((sum, length) => sum + length, 0);
    if (next > bytes.length) break;
    bytes.writeUInt32LE(pageChecksum(bytes, at, next), at + 22);
    at = bytes.indexOf('OggS', next);
  }
  return bytes;
}

it('O7, O8: Ogg, changed bytes under checksums that fit them', patience, async () => {
  const whole = [file('sweep.ogg'), file('sweep.opus')];
  await onlyClearErrors(
    mutated(whole, ['OggS', 'OpusHead', 'vorbis', '\0\0\0\0', '\xff\xff\xff\xff']),
    (content) => decodeSound(mended(content), 'a.ogg', 30),
    {
      count: 300,
    },
  );
});
