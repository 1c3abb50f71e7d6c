import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { Figure } from './figures.js';

/**
 * Writes pictures as `<name>.svg` or `<name>.png` into a folder, which is made if it is missing.
 *
 * @returns the paths of the files
 * @throws LifelongError `storage` when a file cannot be written; `config` for PNG on a machine without fonts
 * @example
 * await writeFigures(reportFigures(await readReport('checkpoints/demo')), 'figures', 'png');
 */
export async function writeFigures(figures: readonly Figure[], folder: string, format: 'svg' | 'png', width = 720): Promise<string[]> {
  const encode = format === 'svg' ? (svg: string) => svg : (await import('./picture.js')).renderPng;
  const paths: string[] = [];
  for (const figure of figures) {
    const path = join(folder, `${figure.name}.${format}`);
    const picture = encode(figure.draw(width));
    try {
      await mkdir(folder, { recursive: true });
      await writeFile(path, picture);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LifelongError('storage', `figure ${path}: a writable place expected, found ${why}`, 'choose another folder', { cause });
    }
    paths.push(path);
  }
  return paths;
}
