import { it } from 'vitest';
import { parseCTranslate2 } from '../../src/backbones/ctranslate2-file.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const text = (value: string) => [value.length + 1, 0, ...Buffer.from(`${value}\0`)];
const whole = Buffer.from([
  ...[6, 0, 0, 0, ...text('WhisperSpec'), 3, 0, 0, 0, 3, 0, 0, 0],
  ...[...text('encoder/a'), 2, 2, 0, 0, 0, 1, 0, 0, 0, 4, 4, 0, 0, 0, 0, 60, 0, 188],
  ...[...text('encoder/b'), 0, 2, 2, 0, 0, 0, 6, 0],
  ...[...text('encoder/c'), 1, 1, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 128, 63],
]);

it('O7, O8: model.bin of CTranslate2, changed bytes', patience, async () => {
  const words = ['__proto__\0', 'constructor\0', '\xff\xff\xff\xff', '\0\0\0\0', 'encoder/a\0'];
  await onlyClearErrors(mutated([whole], words), (content) => parseCTranslate2(content, 'model.bin'), { count: 3000 });
});
