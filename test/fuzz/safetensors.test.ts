import fc from 'fast-check';
import { it } from 'vitest';
import { formatSafetensors, parseSafetensors } from '../../src/data/formats/safetensors.js';
import { deep, mutatedJson } from './mutated-json.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const whole = formatSafetensors(
  { kernel: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }, step: { shape: [], data: Int32Array.of(7) } },
  { made: 'here' },
);
const headerOf = (file: Uint8Array) => Buffer.from(file).readUInt32LE(0);
const numbers = whole.subarray(8 + headerOf(whole));
const header = JSON.parse(Buffer.from(whole.subarray(8, 8 + headerOf(whole))).toString()) as unknown;
const words = ['"', '{', '}', '[', '-1', '1e300', 'F16', 'I64', 'BOOL', 'BF16', '__proto__', '\n', ',"x":'];

function withHeader(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(text)));
  return Buffer.concat([length, Buffer.from(text), numbers]);
}

it('O7, O8: safetensors, changed bytes', patience, async () => {
  const texts = mutated([JSON.stringify(header)], words).map((text) => withHeader(text.toString()));
  await onlyClearErrors(fc.oneof(mutated([whole], words), texts), (content) => parseSafetensors(content, 'weights'), { count: 3000 });
});

it('O7, O8: safetensors, changed members', patience, async () => {
  const nested = [1, 1000, 100_000].map((levels) => JSON.stringify({ kernel: { dtype: 'F32', shape: 0 } }).replace('0', deep(levels)));
  const texts = fc.oneof(
    mutatedJson(header).map((changed) => JSON.stringify(changed)),
    fc.constantFrom(...nested),
  );
  await onlyClearErrors(texts.map(withHeader), (content) => parseSafetensors(content, 'weights'), { count: 2000 });
});
