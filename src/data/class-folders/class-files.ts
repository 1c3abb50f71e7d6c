import { join, relative } from 'node:path';
import { LifelongError } from '../../core/errors.js';
import { listFolder, realPath } from '../files.js';
import type { FileKind } from './file-kind.js';

/** What is not read: paths of files of the kind in other places, and of other files. */
export interface LeftOut {
  readonly found: readonly string[];
  readonly others: readonly string[];
}

/** The files of one class: those in its folder, or, where it has none itself, those in the one folder below it that has. */
export interface ClassFiles {
  /** Paths, by name in code-point order. */
  readonly files: readonly string[];
  readonly leftOut: LeftOut;
  /** Where the files are when all links are followed. */
  readonly place: string;
}

/** What operating systems leave in folders. */
export const isSystemName = (name: string): boolean => /^(thumbs\.db|desktop\.ini|icon\r|__macosx)$/i.test(name);

/** The files of the kind and others in a folder, and in those below it, outermost first. */
export interface Level {
  readonly folder: string;
  readonly found: readonly string[];
  readonly others: readonly string[];
}

/**
 * Looks for the files of a class, by content where a name does not say that it is one.
 *
 * @param root that paths in messages start from
 * @param above where the folders that lead here are when all links are followed
 * @throws LifelongError `data` when there are none, or when several folders below have some
 */
export async function classFiles(kind: FileKind, folder: string, root: string, above: readonly string[]): Promise<ClassFiles> {
  const levels = await filesBelow(kind, folder, above);
  const having = levels.filter(({ found }) => found.length > 0);
  const own = having.find((level) => level.folder === folder);
  const chosen = own ?? having[0];
  const name = relative(root, folder);
  if (!chosen) {
    const others = levels.flatMap((level) => level.others);
    const among = others.length === 0 ? '' : ` among ${others.length} other files (${endingsOf(others)})`;
    const hint = others.length === 0 ? undefined : kind.advice;
    throw new LifelongError('data', `${folder}: ${kind.many} of class "${name}" expected, found none${among}`, hint ?? 'remove the folder');
  }
  if (!own && having.length > 1) {
    const places = having.map((level) => `${relative(root, level.folder)} (${level.found.length})`);
    throw new LifelongError(
      'data',
      `${folder}: ${kind.many} of class "${name}" in one folder expected, found ${places.slice(0, 6).join(', ')}${places.length > 6 ? ', …' : ''}`,
      `if these are the classes, set data.path to the folder that holds them; else put all ${kind.many} of a class into one folder`,
    );
  }
  const leftOut = {
    found: levels.flatMap((level) => (level === chosen ? [] : level.found)),
    others: levels.flatMap((level) => level.others),
  };
  return { files: chosen.found, leftOut, place: await realPath(chosen.folder) };
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

/**
 * The files in a folder and in all below it.
 *
 * @param above where the folders that lead here are when all links are followed
 * @throws LifelongError `data` for a link that leads nowhere or back
 */
export async function filesBelow(kind: FileKind, folder: string, above: readonly string[] = []): Promise<Level[]> {
  const place = await realPath(folder);
  if (above.includes(place)) {
    throw new LifelongError('data', `${folder}: folders that end somewhere expected, found a link back to ${place}`, 'remove the link');
  }
  const { folders, files } = await listFolder(folder);
  const levels: Level[] = [{ folder, ...(await sortFiles(kind, folder, files)) }];
  for (const name of folders) if (!isSystemName(name)) levels.push(...(await filesBelow(kind, join(folder, name), [...above, place])));
  return levels;
}

/** The files of the kind in a folder, known by their content where their names do not say it, and the others: paths. */
export async function sortFiles(
  kind: FileKind,
  folder: string,
  names: readonly string[],
): Promise<{ readonly found: string[]; readonly others: string[] }> {
  const found: string[] = [];
  const others: string[] = [];
  for (const name of names) {
    if (isSystemName(name)) continue;
    const path = join(folder, name);
    (kind.isName(name) || (await kind.recognizes(path)) ? found : others).push(path);
  }
  return { found, others };
}
