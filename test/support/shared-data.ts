import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Need } from './needing.js';

/** Folder of real data sets and weights, not part of the project: beside the checkout, or where SHARED_DIR says. */
export const sharedData = join(process.env['SHARED_DIR'] ?? fileURLToPath(new URL('../../../shared', import.meta.url)), 'data');

/** A file or folder of the shared data, for {@link needing}. */
export function shared(...path: string[]): Need {
  return { what: `${join('data', ...path)} in ../shared or SHARED_DIR`, there: existsSync(join(sharedData, ...path)) };
}
