import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the golden figures are: GOLDEN_DIR, or the copy among the fixtures. */
export const goldenFolder = process.env['GOLDEN_DIR'] ?? fileURLToPath(new URL('../fixtures/golden', import.meta.url));

export interface GoldenTensor {
  readonly shape: number[];
  readonly data: number[];
}

/** The figures of one file; each test says what it expects in it. */
export function golden(file: string): unknown {
  return JSON.parse(readFileSync(join(goldenFolder, file), 'utf8'));
}

/** Files of the golden folder whose name matches. */
export function goldenFiles(pattern: RegExp): string[] {
  return readdirSync(goldenFolder)
    .filter((name) => pattern.test(name))
    .sort();
}
