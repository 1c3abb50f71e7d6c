import { InvalidArgumentError } from 'commander';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LifelongError } from '../../src/core/errors.js';
import { assignment } from '../../src/cli/options.js';
import { divide } from '../../src/cli/settings.js';
import { builtInSources } from '../../src/data/sources/registry.js';
import { manifestSchema } from '../../src/streams/manifest.js';
import { readManifest } from '../../src/streams/read-manifest.js';
import { strategyNamed } from '../../src/strategies/registry.js';
import { givenFolder } from './given-folder.js';
import { deep } from './mutated-json.js';
import { onlyClearErrors, patience } from './only-clear-errors.js';

const folder = givenFolder();
const manifest = folder.put(
  'stream.yaml',
  'name: points\ndata: { source: csv, train: points.csv, label: kind }\ntasks: { order: [[a, b], [c, d]] }\nlimits: { train: 20 }\n',
);
const { options } = strategyNamed('par');
const steps = [
  ...Object.keys(manifestSchema.shape),
  ...Object.keys(options.shape),
  'train',
  'order',
  'sequence',
  '0',
  '1',
  '-1',
  '4294967294',
  'length',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  ' ',
];
const values = [
  '1',
  '-1',
  '1e308',
  '.nan',
  '.inf',
  'a',
  '',
  '[[a, b], [c]]',
  '{ x: 1 }',
  '&x [*x, *x]',
  deep(20_000),
  '*a',
  '"',
  '2001-01-01',
  '!!binary AAAA',
  '%YAML 1.1\n---\n!!set {a}',
  '20%',
  '../points.csv',
];

it('O7, O8: --set path=value', patience, async () => {
  const key = fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 4 }).map((path) => path.join('.'));
  const text = fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(key, fc.constantFrom('=', '==', ''), fc.oneof(fc.constantFrom(...values), fc.json()))
        .map((parts) => parts.join('')),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  );
  const read = async (set: readonly string[]) => {
    const assignments = set.reduce((before, one) => assignment(one, before), assignment('seed=0'));
    const settings = divide(assignments, Object.keys(options.shape), Object.keys(manifestSchema.shape));
    await readManifest(manifest, settings.manifest, builtInSources);
    expect({}).not.toHaveProperty('x');
  };
  const isClear = (error: unknown): error is Error => error instanceof LifelongError || error instanceof InvalidArgumentError;
  await onlyClearErrors(fc.array(text, { maxLength: 3 }), read, { count: 2000, isClear });
  folder.expectUntouched();
});
