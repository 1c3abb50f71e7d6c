import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../data/make-folder.js';
import { LifelongError } from '../core/errors.js';
import type { Figure } from './figures.js';

/** Forms in which a picture is written. */
export type PictureFormat = 'svg' | 'png';

/**
 * Writes pictures as `<name>.svg` and `<name>.png`, as asked, into a folder, which is made if it is missing.
 *
 * @param width in SVG units
 * @returns the paths of the files
 * @throws LifelongError `storage` when a file cannot be written; `config` for PNG on a machine without fonts
 * @example
 * await writeFigures(reportFigures(await readReport('checkpoints/demo')), 'figures', ['svg', 'png']);
 */
export async function writeFigures(
  figures: readonly Figure[],
  folder: string,
  formats: readonly PictureFormat[],
  width = 720,
): Promise<string[]> {
  const paths: string[] = [];
  for (const figure of figures) {
    const svg = figure.draw(width);
    for (const format of formats) {
      const path = join(folder, `${figure.name}.${format}`);
      const picture = format === 'svg' ? svg : (await import('./picture.js')).renderPng(svg);
      try {
        await makeFolder(folder);
        await writeFile(path, picture);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new LifelongError('storage', `figure ${path}: a writable place expected, found ${why}`, 'choose another folder', { cause });
      }
      paths.push(path);
    }
  }
  return paths;
}
