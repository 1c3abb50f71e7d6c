import { isAbsolute, resolve } from 'node:path';
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
  const gone: GonePaths[] = [];
  for (const [key, kind] of Object.entries(kinds)) {
    const written = pathsIn(section[key]);
    const value = mapPaths(section[key], (path) => resolve(folder, path));
    const paths = pathsIn(value);
    const again = paths.find((path, at) => kind === 'every' && paths.indexOf(path) < at);
    if (again !== undefined) {
      throw new LifelongError(
        'data',
        `${where === undefined ? 'data' : `${where}.${key}`}: different files expected, found ${again} twice`,
      );
    }
    const there = await Promise.all(paths.map(exists));
    const found = paths[there.indexOf(true)];
    located[key] = kind === 'first' && found !== undefined ? found : value;
    const missing = kind === 'first' && found !== undefined ? [] : paths.filter((_, at) => !there[at]);
    if (missing.length > 0)
      gone.push({ key, paths: missing, relative: written.some((path) => !isAbsolute(path)), form: formOf(value, kind) });
  }
  if (gone.length > 0) throw missingPaths(gone, where);
  return located;
}

/** A key's value with each path in it changed; what is no path stays as it is. */
export function mapPaths<Value>(value: Value, change: (path: string) => string): Value | string | (Value | string)[] {
  if (Array.isArray(value)) return (value as readonly Value[]).map((item) => (isPath(item) ? change(item) : item));
  return isPath(value) ? change(value) : value;
}

const isPath = (item: unknown): item is string => typeof item === 'string' && shareOf(item) === undefined;

const pathsIn = (value: unknown): string[] => (Array.isArray(value) ? (value as readonly unknown[]) : [value]).filter(isPath);

/** What is not there of one key. */
interface GonePaths {
  readonly key: string;
  readonly paths: readonly string[];
  /** Whether they start from the folder of the manifest's paths. */
  readonly relative: boolean;
  /** What stands for a value of the key in a hint. */
  readonly form: string;
}

function formOf(value: unknown, kind: PathKind): string {
  if (kind === 'first') return 'FOLDER';
  return Array.isArray(value) ? '[FILE, …]' : 'FILE';
}

function missingPaths(gone: readonly GonePaths[], where: string | undefined): LifelongError {
  const message = `${gone.flatMap(({ paths }) => paths).join(', ')}: no such file or folder`;
  if (where === undefined) return new LifelongError('data', message, 'change the path, or root, in the manifest that has it');
  const settings = gone.map(({ key, form }) => {
    const setting = `${where}.${key}=${form}`;
    return `--set ${form.includes(' ') ? `"${setting}"` : setting}`;
  });
  const root = gone.every(({ relative }) => relative)
    ? ', or run --set root=FOLDER for the folder that all paths of the manifest are relative to'
    : '';
  return new LifelongError('data', message, `say where the data are: run ${settings.join(' ')}${root}`);
}
