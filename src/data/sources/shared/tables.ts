import { z } from 'zod';
import type { Dataset } from '../../dataset.js';
import { tableDataset, type Table } from '../../formats/table.js';
import { path } from './keys.js';
import { percentSchema, shareOf } from './share.js';

/** Keys of every source of rows. */
export const tableKeys = {
  shape: z.array(z.int().positive()).min(1).max(3).optional().describe('of an example, such as [8, 8, 1]'),
  scale: z.number().positive().optional().describe('every value is multiplied by it'),
};

/** Keys of a source with one file for each part. */
export const partFiles = {
  train: path.describe('a file'),
  validation: path.optional().describe('a file; taken out of the training samples by default'),
  test: z
    .union([percentSchema, path])
    .default('20%')
    .describe('a file, or the share of each class that is held out of the training samples'),
};

/** Where the tables of the parts are, in a source's own words: a file, or the names of two arrays. */
export interface TablePlaces<Place> {
  readonly train: Place;
  readonly validation?: Place | undefined;
  /** A share such as `20%` is held out of the training table. */
  readonly test: Place | string;
}

/**
 * Opens data that are tables of numbers.
 *
 * @param read the table at a place; `like`: that of training, for the other parts
 * @throws LifelongError `data`
 */
export async function openTables<Place extends string | readonly [string, string]>(
  name: string,
  { train, validation, test }: TablePlaces<Place>,
  read: (place: Place, like?: Table) => Promise<Table> | Table,
  { shape, scale }: { readonly shape?: readonly number[] | undefined; readonly scale?: number | undefined },
): Promise<Dataset> {
  const share = typeof test === 'string' ? shareOf(test) : undefined;
  const first = await read(train);
  const tables = {
    train: first,
    validation: validation === undefined ? undefined : await read(validation, first),
    test: share === undefined ? await read(test as Place, first) : undefined,
  };
  return tableDataset(name, tables, { shape, scale, testShare: share ?? 0 });
}
