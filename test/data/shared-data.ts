import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of real data sets beside the checkout (or under SHARED_DIR); tests that need it are skipped where it is not there. */
export const sharedData = join(process.env['SHARED_DIR'] ?? fileURLToPath(new URL('../../../shared', import.meta.url)), 'data');

/** True when this file or folder of the shared data is there. */
export const hasShared = (...path: string[]): boolean => existsSync(join(sharedData, ...path));
