import { decode } from 'fast-png';
import { expect, it } from 'vitest';
import { logMel } from '../../src/data/audio/log-mel.js';
import { domainOf } from '../../src/domains/registry.js';
import { arrayStream } from '../../src/index.js';
import { tasksOf } from '../streams/tiny-data.js';
import { tone } from '../support/wav-files.js';

it('a sheet of sounds has a row for each class; what is loud is bright, high on top, late on the right', async () => {
  const sound = new Float32Array(16_000);
  sound.set(tone(200, 0.5));
  sound.set(tone(6000, 0.5), 8000);
  const inputs = Float32Array.from([...logMel(sound), ...logMel(tone(6000, 1))]);
  const part = { inputs, labels: ['both', 'high'] };
  const stream = arrayStream([{ domain: 'audio', inputShape: [100, 80], train: part, validation: part, test: part }]);
  const [task] = await tasksOf(stream);
  const png = await domainOf({ domain: 'audio' }).drawSheet?.(task ?? expect.fail());
  const { width, height, data, channels } = decode(png ?? expect.fail());
  expect([width, height, channels]).toEqual([2 + 8 * 102, 2 + 2 * 82, 3]);
  const bright = (row: number, y: number, x: number) => {
    const at = ((2 + row * 82 + y) * width + 2 + x) * 3;
    return (data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0);
  };
  const [early, late] = [25, 75];
  const loudest = (row: number, x: number) =>
    Array.from({ length: 80 }, (_, y) => bright(row, y, x)).reduce((best, value, y, all) => (value > (all[best] ?? 0) ? y : best), 0);
  expect(loudest(0, early)).toBeGreaterThan(70);
  expect(loudest(0, late)).toBeLessThan(15);
  expect(loudest(1, early)).toBeLessThan(15);
});
