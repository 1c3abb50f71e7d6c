import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { it } from 'vitest';
import { readCsv } from '../../src/data/formats/csv.js';
import { givenFolder } from './given-folder.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const rows = Array.from({ length: 40 }, (_, i) => `${i},${i / 7},"${['cat', 'dog, big', 'é'][i % 3] ?? ''}"`).join('\n');
const whole = `x,y,kind\n${rows}\n`;
const words = ['"', ',', '\n', '\r', '\n\n', '\uFEFF', '1e999', 'NaN', '-', 'kind', '__proto__', ',,'.repeat(1000), '\u2028'];

it('O7, O8: CSV, plain', patience, async () => {
  const inputs = fc.tuple(mutated([whole, `\uFEFF${whole.replaceAll('\n', '\r\n')}`, Buffer.from(whole, 'utf16le')], words), fc.boolean());
  await onlyClearErrors(
    inputs,
    ([content, header]) => readCsv(folder.put('table.csv', content), { label: header ? 'kind' : '2', delimiter: ',', header }),
    { count: 600 },
  );
  folder.expectUntouched();
});

it('O7, O8: CSV, gzip', patience, async () => {
  const options = { label: 'kind', delimiter: ',', header: true, maxUnpackedBytes: 4096 };
  const packed = fc.oneof(
    mutated([gzipSync(whole)]),
    mutated([whole, whole.repeat(20)], words).map((text) => gzipSync(text)),
  );
  await onlyClearErrors(packed, (content) => readCsv(folder.put('table.csv.gz', content), options), { count: 300 });
  folder.expectUntouched();
});
