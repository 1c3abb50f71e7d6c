import { z } from 'zod';
import { npyExamples, npyTable } from '../formats/npy-table.js';
import { readNpz, type Npy } from '../formats/npy.js';
import { maxUnpackedBytes, pair, path as file } from './shared/keys.js';
import { section } from './shared/section.js';
import { percentSchema } from './shared/share.js';
import { openTables, tableKeys } from './shared/tables.js';
import { defineSource } from './source.js';

/** NumPy arrays in one file. */
export const npzSource = defineSource({
  name: 'npz',
  keys: {
    path: file.describe('the file'),
    arrays: section({
      train: pair.default(['x_train', 'y_train']),
      validation: pair.optional(),
      test: z.union([percentSchema, pair]).default(['x_test', 'y_test']),
    })
      .prefault({})
      .describe('names of the arrays [INPUTS, LABELS] in it; test may be the share of each class that is held out'),
    ...tableKeys,
    maxUnpackedBytes,
  },
  paths: { path: 'every' },
  async open({ path, arrays, maxUnpackedBytes, ...options }) {
    const pairs = [arrays.train, arrays.validation, arrays.test].filter((names) => Array.isArray(names));
    const found = await readNpz(path, () => pairs.flat(), maxUnpackedBytes);
    const read = ([inputs, labels]: readonly [string, string]) =>
      npyTable(arrayOf(found, inputs), arrayOf(found, labels), `${path} (${inputs}, ${labels})`);
    return openTables<readonly [string, string]>('npz', arrays, read, options);
  },
  async read(file, { arrays: { train, test } }) {
    let name = train[0];
    const choose = (names: readonly string[]): readonly string[] => {
      const known = [...(typeof test === 'string' ? [] : [test[0]]), train[0], ...(names.length === 1 ? names : [])];
      return [(name = known.find((candidate) => names.includes(candidate)) ?? name)];
    };
    return npyExamples(arrayOf(await readNpz(file, choose), name), `${file} (${name})`);
  },
});

function arrayOf(found: ReadonlyMap<string, Npy>, name: string): Npy {
  const array = found.get(name);
  if (!array) throw new RangeError(`array ${name} was not asked for`);
  return array;
}
