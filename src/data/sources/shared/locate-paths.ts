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
 * @param where the section can be set, such as `data`; undefined where that can only be done in a manifest
 * @throws LifelongError `data` naming what is not there, or is listed twice
 */
export async function locatePaths(
  section: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, PathKind>>,
  folder: string,
  where: string | undefined,
): Promise<Record<string, unknown>> {
  const located: Record<string, unknown> = { ...section };
  for (const [key, kind] of Object.entries(kinds)) {
    const value = mapPaths(section[key], (path) => resolve(folder, path));
    const setting = where && `${where}.${key}`;
    located[key] = kind === 'first' ? await firstThere(value, setting) : await allThere(value, setting);
  }
  return located;
}

/** A key's value with each path in it changed; what is no path stays as it is. */
export function mapPaths<Value>(value: Value, change: (path: string) => string): Value | string | (Value | string)[] {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => (isPath(item) ? change(item) : item));
  return isPath(value) ? change(value) : value;
}

const isPath = (item: unknown): item is string => typeof item === 'string' && shareOf(item) === undefined;

const pathsIn = (value: unknown): string[] => (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter(isPath);

async function firstThere(value: unknown, setting: string | undefined): Promise<unknown> {
  const paths = pathsIn(value);
  if (paths.length === 0) return value;
  for (const path of paths) if (await exists(path)) return path;
  throw missing(paths.join(', '), setting, 'FOLDER');
}

async function allThere(value: unknown, setting: string | undefined): Promise<unknown> {
  const paths = pathsIn(value);
  const again = paths.find((path, at) => paths.indexOf(path) < at);
  if (again !== undefined) throw new LifelongError('data', `${setting ?? 'data'}: different files expected, found ${again} twice`);
  for (const path of paths) {
    if (!(await exists(path))) throw missing(path, setting, Array.isArray(value) ? '[FILE, …]' : 'FILE');
  }
  return value;
}

function missing(paths: string, setting: string | undefined, what: string): LifelongError {
  const hint =
    setting === undefined
      ? 'change the path, or root, in the manifest that has it'
      : `say where the data are: run --set ${setting}=${what}, or --set root=FOLDER for the folder that all paths of the manifest are relative to`;
  return new LifelongError('data', `${paths}: no such file or folder`, hint);
}
