import fc from 'fast-check';
import { it } from 'vitest';
import { decodeWav } from '../../src/data/audio/decode-wav.js';
import { tone, wav } from '../support/wav-files.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const sound = tone(300, 0.01);
const whole = [
  wav([sound]),
  wav([sound, sound], { bits: 24, rate: 44_100, chunks: { LIST: Buffer.from('INFO') } }),
  wav([sound], { bits: 32, float: true, extensible: true }),
];

/** A header of a coding in blocks, with what follows as sound. */
function inBlocks(coding: number, block: number, told: number, sounding: Uint8Array): Buffer {
  const format = Buffer.alloc(20);
  for (const [at, value] of [coding, 2, 8000, 0, 0, 0, block, 4, 2, told].entries()) format.writeUInt16LE(value, 2 * at);
  const chunk = (name: string, content: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(content.length);
    return Buffer.concat([Buffer.from(name), length, content]);
  };
  return Buffer.concat([Buffer.from('RIFF\0\0\0\0WAVE'), chunk('fmt ', format), chunk('data', sounding)]);
}

it('O7, O8: WAV, changed bytes', patience, async () => {
  const words = ['RIFF', 'WAVE', 'fmt ', 'data', '\xff\xff\xff\xff', '\0\0\0\0', '\x02\0', '\x11\0'];
  await onlyClearErrors(mutated(whole, words), (content) => decodeWav(content, 'a.wav'), { count: 3000 });
});

it('O7, O8: WAV in blocks, of any sizes', patience, async () => {
  const blocks = fc
    .tuple(
      fc.constantFrom(2, 0x11),
      fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 65_535 })),
      fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 65_535 })),
      fc.uint8Array({ minLength: 1, maxLength: 400 }),
    )
    .map(([coding, block, told, sounding]) => inBlocks(coding, block, told, sounding));
  await onlyClearErrors(blocks, (content) => decodeWav(content, 'a.wav'), { count: 2000 });
});
