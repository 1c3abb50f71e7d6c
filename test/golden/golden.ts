import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the golden figures are: GOLDEN_DIR, or the copy among the fixtures. */
export const goldenFolder = process.env['GOLDEN_DIR'] ?? fileURLToPath(new URL('../fixtures/golden', import.meta.url));

export interface GoldenTensor {
  readonly shape: number[];
  readonly data: number[];
}

export function golden<T>(file: string): T {
  return JSON.parse(readFileSync(join(goldenFolder, file), 'utf8')) as T;
}

/** Files of the golden folder whose name matches. */
export function goldenFiles(pattern: RegExp): string[] {
  return readdirSync(goldenFolder)
    .filter((name) => pattern.test(name))
    .sort();
}
