import type { Dataset } from '../data/dataset.js';
import { tableDataset, type Table } from '../data/table.js';
import type { DataSection } from './data-section.js';
import { shareOf } from './section.js';

/** Sources of rows: CSV, JSONL, NPY and NPZ. */
export type TableSection = Extract<DataSection, { source: 'csv' | 'jsonl' | 'npy' | 'npz' }>;

/**
 * Opens data that are tables of numbers.
 *
 * @param at makes a path of the manifest a path of the machine
 * @throws LifelongError `data`
 */
export async function openTable(data: TableSection, at: (path: string) => string): Promise<Dataset> {
  const { test, validation, train } = data.source === 'npz' ? data.arrays : data;
  const read = await readerOf(data, at);
  const share = typeof test === 'string' ? shareOf(test) : undefined;
  const tables = {
    train: await read(train),
    validation: validation === undefined ? undefined : await read(validation),
    test: share === undefined ? await read(test) : undefined,
  };
  return tableDataset(data.source, tables, { shape: data.shape, scale: data.scale, testShare: share ?? 0 });
}

type Place = string | readonly [inputs: string, labels: string];

/** Reads the table at a place of the manifest: a file, or the names of two files or arrays. */
async function readerOf(data: TableSection, at: (path: string) => string): Promise<(place: Place) => Promise<Table>> {
  const pairOf = (place: Place): readonly [string, string] => (typeof place === 'string' ? [place, place] : place);
  switch (data.source) {
    case 'csv': {
      const { readCsv } = await import('../data/csv.js');
      return (place) => readCsv(at(pairOf(place)[0]), data);
    }
    case 'jsonl': {
      const { readJsonl } = await import('../data/jsonl.js');
      return (place) => readJsonl(at(pairOf(place)[0]), data);
    }
    case 'npy': {
      const [{ readNpy }, { npyTable }] = await Promise.all([import('../data/npy.js'), import('../data/npy-table.js')]);
      return async (place) => {
        const [inputs, labels] = pairOf(place);
        return npyTable(await readNpy(at(inputs)), await readNpy(at(labels)), at(inputs));
      };
    }
    case 'npz': {
      const [{ readNpz }, { arrayOf, npyTable }] = await Promise.all([import('../data/npy.js'), import('../data/npy-table.js')]);
      const path = at(data.path);
      const arrays = await readNpz(path);
      return (place) => {
        const [inputs, labels] = pairOf(place);
        return Promise.resolve(npyTable(arrayOf(arrays, inputs, path), arrayOf(arrays, labels, path), `${path} (${inputs}, ${labels})`));
      };
    }
  }
}
