import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { it } from 'vitest';
import { builtInSources } from '../../src/data/sources/registry.js';
import { loadStream } from '../../src/streams/load-stream.js';
import { readManifest } from '../../src/streams/read-manifest.js';
import { tasksOf } from '../streams/tiny-data.js';
import { givenFolder } from './given-folder.js';
import { deep, mutatedJson } from './mutated-json.js';
import { mutated } from './mutated.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const shipped = readdirSync('streams').map((name) => readFileSync(join('streams', name), 'utf8'));
const words = [
  ': ',
  '- ',
  '\n',
  '\n  ',
  '{',
  '}',
  '[',
  ']',
  '&a ',
  '*a',
  '<<: *a',
  '"',
  '!!binary ',
  '? ',
  '#',
  '%YAML 1.1\n---\n',
  '\t',
  '|\n',
  '~',
  '---\n',
];
const bombs = [
  `a: &a [x, x, x]\n${Array.from('bcdefghi', (name, i) => `${name}: &${name} [${`*${'abcdefgh'[i] ?? ''}, `.repeat(9)}]`).join('\n')}`,
  'name: &x [*x, *x]',
  'name: &x { y: *x }',
  `name: ${deep(20_000)}`,
  'text',
  '',
];

it('O7, O8: manifests, changed bytes', patience, async () => {
  const texts = fc.oneof(
    { weight: 20, arbitrary: mutated(shipped, words) },
    { weight: 1, arbitrary: fc.constantFrom(...bombs).map((text) => Buffer.from(text)) },
  );
  await onlyClearErrors(texts, (text) => readManifest(folder.put('stream.yaml', text), {}, builtInSources), { count: 500 });
  folder.expectUntouched();
});

const table = Array.from({ length: 60 }, (_, i) => `${i % 4},${i % 7},${i % 5},${(i * 3) % 4},${'abc'[i % 3] ?? ''}`).join('\n');
const manifest = {
  name: 'points',
  data: { source: 'csv', train: 'points.csv', label: 'kind', shape: [2, 2, 1], test: '20%' },
  tasks: { split: 3, order: 'natural', classes: ['a', 'b', 'c'], repeat: [0], labelNoise: 0.1 },
  limits: { train: 20, validation: '20%', test: 'all', perClass: { train: 5 } },
  input: { size: [2, 2], channels: 1, normalize: 'dataset' },
  features: 'pixels',
  augment: ['flip', { crop: 1 }, { brightness: 0.1 }],
  seed: 0,
  options: { epochs: 1 },
};
const kinds = [
  { permuted: 2 },
  { rotated: 2 },
  { corrupted: ['none', { blur: 1 }, { noise: 0.1 }] },
  {
    sequence: [
      { data: 'd', rotate: 30, permute: 1, limits: { train: 10 } },
      { data: 'd', classes: ['c', 'a'] },
    ],
  },
];
const manifests = [manifest, ...kinds.map((tasks) => ({ ...manifest, limits: {}, datasets: { d: manifest.data }, tasks }))];

it('O7, O8: manifests, changed members: streams of them', patience, async () => {
  folder.put('points.csv', `w,x,y,z,kind\n${table}\n`);
  const read = async (content: unknown) => {
    const stream = await loadStream(folder.put('stream.yaml', JSON.stringify(content)));
    for (const task of await tasksOf(stream)) await task.train.read(Int32Array.of(0));
  };
  await onlyClearErrors(fc.oneof(...manifests.map(mutatedJson)), read, { count: 400 });
  folder.expectUntouched();
});
