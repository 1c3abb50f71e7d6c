import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { it } from 'vitest';
import { readJsonl } from '../../src/data/formats/jsonl.js';
import { givenFolder } from './given-folder.js';
import { deep, mutatedJson } from './mutated-json.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const line = (i: number) => ({ inputs: [[i, 1.5], [2, -3e-7]], label: ['cat', 'é', 7][i % 3] }); // prettier-ignore
const whole = Array.from({ length: 30 }, (_, i) => `${JSON.stringify(line(i))}\n`).join('');
const words = ['"', ',', '\n', '\r', '\uFEFF', '1e999', '9007199254740993', '[', ']]', '{"inputs":', 'null', '\u2028', deep()];
const keys = { inputs: 'inputs', label: 'label' };

it('O7, O8: JSONL, changed bytes', patience, async () => {
  await onlyClearErrors(mutated([whole], words), (content) => readJsonl(folder.put('table.jsonl', content), keys), { count: 600 });
  folder.expectUntouched();
});

it('O7, O8: JSONL, changed members', patience, async () => {
  const lines = fc.array(mutatedJson(line(0)), { minLength: 1, maxLength: 3 });
  const text = lines.map((items) => items.map((item) => JSON.stringify(item)).join('\n'));
  await onlyClearErrors(text, (content) => readJsonl(folder.put('table.jsonl', content), keys), { count: 600 });
  for (const part of ['inputs', 'label']) {
    const nested = fc.constantFrom(
      ...[1, 64, 65, 100_000].map((levels) => whole + JSON.stringify({ ...line(0), [part]: 0 }).replace('0', deep(levels))),
      whole,
    );
    await onlyClearErrors(nested, (content) => readJsonl(folder.put('table.jsonl', content), keys), { count: 20 });
  }
  folder.expectUntouched();
});

it('O7, O8: JSONL, gzip', patience, async () => {
  const packed = fc.oneof(
    mutated([gzipSync(whole)]),
    mutated([whole, whole.repeat(20)], words).map((text) => gzipSync(text)),
  );
  const options = { ...keys, maxUnpackedBytes: 4096 };
  await onlyClearErrors(packed, (content) => readJsonl(folder.put('table.jsonl.gz', content), options), { count: 300 });
  folder.expectUntouched();
});
