import { join, relative } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { listFolder, readStart, realPath } from '../files.js';
import { formatBytes, imageFormat } from './image-format.js';
import { isImageName } from './decode-image.js';

/** What is not read: paths of images in other places, and of files that are no images. */
export interface LeftOut {
  readonly images: readonly string[];
  readonly files: readonly string[];
}

/** The images of one class: those in its folder, or, where it has none itself, those in the one folder below it that has. */
export interface ClassImages {
  /** Paths, by name in code-point order. */
  readonly images: readonly string[];
  readonly leftOut: LeftOut;
  /** Where the images are when all links are followed. */
  readonly place: string;
}

/** What operating systems leave in folders. */
export const isSystemName = (name: string): boolean => /^(thumbs\.db|desktop\.ini|icon\r|__macosx)$/i.test(name);

/** The images and other files in a folder, and in those below it, outermost first. */
interface Level {
  readonly folder: string;
  readonly images: readonly string[];
  readonly others: readonly string[];
}

/**
 * Looks for the images of a class, by content where a name does not say that it is one.
 *
 * @param root that paths in messages start from
 * @param above where the folders that lead here are when all links are followed
 * @throws LifelongError `data` when there are none, or when several folders below have some
 */
export async function classImages(folder: string, root: string, above: readonly string[]): Promise<ClassImages> {
  const levels = await levelsOf(folder, above);
  const having = levels.filter(({ images }) => images.length > 0);
  const own = having.find((level) => level.folder === folder);
  const chosen = own ?? having[0];
  const name = relative(root, folder);
  if (!chosen) {
    const others = levels.flatMap((level) => level.others);
    const among = others.length === 0 ? '' : ` among ${others.length} other files (${endingsOf(others)})`;
    throw new LifelongError('data', `${folder}: images of class "${name}" expected, found none${among}`, 'remove the folder');
  }
  if (!own && having.length > 1) {
    const places = having.map((level) => `${relative(root, level.folder)} (${level.images.length})`);
    throw new LifelongError(
      'data',
      `${folder}: images of class "${name}" in one folder expected, found ${places.slice(0, 6).join(', ')}${places.length > 6 ? ', …' : ''}`,
      'if these are the classes, set data.path to the folder that holds them; else put all images of a class into one folder',
    );
  }
  const leftOut = {
    images: levels.flatMap((level) => (level === chosen ? [] : level.images)),
    files: levels.flatMap((level) => level.others),
  };
  return { images: chosen.images, leftOut, place: await realPath(chosen.folder) };
}

/** How many files end in what, such as `.txt 3, .csv 1`. */
export function endingsOf(paths: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const ending = /[^/\\](\.[^./\\]+)$/.exec(path)?.[1] ?? 'no ending';
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const listed = [...counts].sort(([, a], [, b]) => b - a);
  return listed.map(([ending, count]) => `${ending} ${count}`).join(', ');
}

/** @param above where the folders that lead here are when all links are followed */
async function levelsOf(folder: string, above: readonly string[]): Promise<Level[]> {
  const place = await realPath(folder);
  if (above.includes(place)) {
    throw new LifelongError('data', `${folder}: folders that end somewhere expected, found a link back to ${place}`, 'remove the link');
  }
  const { folders, files } = await listFolder(folder);
  const { images, others } = await sortFiles(folder, files);
  const levels: Level[] = [{ folder, images, others }];
  for (const name of folders) if (!isSystemName(name)) levels.push(...(await levelsOf(join(folder, name), [...above, place])));
  return levels;
}

/** The images among the files of a folder, known by their content where their names do not say it, and the others: paths. */
export async function sortFiles(
  folder: string,
  names: readonly string[],
): Promise<{ readonly images: string[]; readonly others: string[] }> {
  const images: string[] = [];
  const others: string[] = [];
  for (const name of names) {
    if (isSystemName(name)) continue;
    const path = join(folder, name);
    const isImage = isImageName(name) || imageFormat(await readStart(path, formatBytes)) !== undefined;
    (isImage ? images : others).push(path);
  }
  return { images, others };
}
