import { resolve } from 'node:path';
import { LifelongError } from '../../../core/errors.js';
import { exists } from '../../files.js';
import { shareOf } from './share.js';

/** Of several paths under a key: `every` one has to be there, or the `first` that is there is taken. */
export type PathKind = 'every' | 'first';

/**
 * A section with its paths absolute and checked: a key of kind `first` has one path afterwards. A share such as `20%` is no path.
 *
 * @param kinds of the keys that hold a path or several
 * @param folder that paths are relative to
 * @param where the section is in the manifest, such as `data`
 * @throws LifelongError `data` naming what is not there
 */
export async function locatePaths(
  section: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, PathKind>>,
  folder: string,
  where: string,
): Promise<Record<string, unknown>> {
  const located: Record<string, unknown> = { ...section };
  for (const [key, kind] of Object.entries(kinds)) {
    const value = mapPaths(section[key], (path) => resolve(folder, path));
    located[key] = kind === 'first' ? await firstThere(value, `${where}.${key}`) : await allThere(value, `${where}.${key}`);
  }
  return located;
}

/** A key's value with each path in it changed; what is no path stays as it is. */
export function mapPaths<Value>(value: Value, change: (path: string) => string): Value | string | (Value | string)[] {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => (typeof item === 'string' ? change(item) : item));
  return typeof value === 'string' && shareOf(value) === undefined ? change(value) : value;
}

async function firstThere(value: unknown, key: string): Promise<unknown> {
  if (value === undefined) return undefined;
  const paths = [value].flat() as string[];
  for (const path of paths) if (await exists(path)) return path;
  throw missing(paths.join(', '), `--set ${key}=FOLDER`);
}

async function allThere(value: unknown, key: string): Promise<unknown> {
  if (Array.isArray(value)) {
    for (const path of value as readonly string[]) if (!(await exists(path))) throw missing(path);
  } else if (typeof value === 'string' && shareOf(value) === undefined && !(await exists(value))) {
    throw missing(value, `--set ${key}=FILE`);
  }
  return value;
}

const missing = (paths: string, setting?: string): LifelongError =>
  new LifelongError(
    'data',
    `${paths}: no such file or folder`,
    `say where the data are: ${setting === undefined ? '' : `${setting}, or `}--set root=FOLDER for the folder that all paths of the manifest are relative to`,
  );
