import fc from 'fast-check';
import { it } from 'vitest';
import { formatCompressed, parseCompressed } from '../../src/backbones/compressed-weights.js';
import { mutatedJson } from './mutated-json.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const arrays = {
  kernel: { shape: [3, 4], data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)) },
  bias: { shape: [4], data: Float32Array.of(1, 2, 3, 4) },
};
const whole = [8, 32].map((bits) => Buffer.from(formatCompressed(arrays, { prune: 0.5, bits: bits as 8 | 32 })));
const words = ['"', '{', '}', '[', '-1', '1e300', '0', '8', '__proto__', '\n'];

it('O7, O8: compressed weights, changed bytes', patience, async () => {
  await onlyClearErrors(mutated(whole, words), (content) => parseCompressed(content, 'weights'), { count: 3000 });
});

it('O7, O8: compressed weights, changed members', patience, async () => {
  const [file = new Uint8Array()] = whole;
  const end = file.indexOf(10);
  const header = JSON.parse(Buffer.from(file.subarray(16, end)).toString()) as unknown;
  const rest = file.subarray(end);
  const changed = mutatedJson(header).map((json) => Buffer.concat([file.subarray(0, 16), Buffer.from(JSON.stringify(json)), rest]));
  await onlyClearErrors(fc.oneof(changed), (content) => parseCompressed(content, 'weights'), { count: 2000 });
});
