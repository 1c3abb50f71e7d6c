import { LifelongError } from '../core/errors.js';
import { runVersion } from '../core/run-record.js';
import { fromVersion1 } from './from-version-1.js';
import { fromVersion2 } from './from-version-2.js';

/** Turns the content of a run.json of one version into that of the next, `version` aside. */
export type Migration = (content: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** The step from version n is `migrations[n]`. */
export const migrations: Readonly<Record<number, Migration>> = { 1: fromVersion1, 2: fromVersion2 };

/**
 * The version of a run.json.
 *
 * @param where what to call the file in errors
 * @throws LifelongError `run-version` for a newer version; `run-corrupt` where it has none
 */
export function versionOf(content: Readonly<Record<string, unknown>>, where: string, current: number = runVersion): number {
  const found = content['version'];
  if (typeof found !== 'number' || !Number.isInteger(found)) {
    throw new LifelongError('run-corrupt', `${where}: a version number expected, found ${JSON.stringify(found)}`);
  }
  if (found > current) {
    throw new LifelongError(
      'run-version',
      `${where}: version ${current} or older expected, found ${found}`,
      'use the newer version that wrote it; nothing was changed',
    );
  }
  return found;
}

/**
 * Brings the content of a run.json to the current version, step by step.
 *
 * @param where what to call the file in errors
 * @throws LifelongError as {@link versionOf}; `run-version` for an older version that no step leads from; `run-corrupt` where the content is not of its version
 */
export function migrate(
  content: Readonly<Record<string, unknown>>,
  where: string,
  chain: Readonly<Record<number, Migration>> = migrations,
  current: number = runVersion,
): Record<string, unknown> {
  const found = versionOf(content, where, current);
  let result = { ...content };
  for (let version = found; version < current; version++) {
    const step = chain[version];
    if (!step)
      throw new LifelongError('run-version', `${where}: version ${current} expected, found ${found}, which cannot be brought up to date`);
    result = { ...carryOut(step, result, version, where), version: version + 1 };
  }
  return result;
}

/** A step takes its version's form for granted: where it fails, the content is not of that form. */
function carryOut(step: Migration, content: Readonly<Record<string, unknown>>, version: number, where: string): Record<string, unknown> {
  try {
    return step(content);
  } catch (cause) {
    throw new LifelongError('run-corrupt', `${where}: a run of version ${version} expected, found one in another form`, undefined, {
      cause,
    });
  }
}
