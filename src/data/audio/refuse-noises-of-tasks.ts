import { LifelongError } from '../../core/errors.js';
import { fileBytes, readBytes } from '../files.js';
import { fingerprint } from '../fingerprint.js';
import type { NoiseFile } from './noises.js';

/**
 * Refuses noises that are recordings of a task, known by their content: a test would be in what is learned. Files of other lengths are not read.
 *
 * @param recordings paths of what is learned, validated or tested with
 * @param key of the manifest, for errors
 * @throws LifelongError `data` naming both
 */
export async function refuseNoisesOfTasks(noises: readonly NoiseFile[], recordings: readonly string[], key: string): Promise<void> {
  const lengths = new Set(noises.map(({ bytes }) => bytes));
  const byContent = new Map(noises.map((noise) => [noise.fingerprint, noise]));
  for (const path of recordings) {
    if (!lengths.has(await fileBytes(path))) continue;
    const noise = byContent.get(fingerprint(await readBytes(path)));
    if (noise === undefined) continue;
    throw new LifelongError(
      'data',
      `${noise.path}: a recording for ${key} or for a task expected, found it for both${noise.path === path ? '' : `, there as ${path}`}`,
      'put noises into a folder of their own',
    );
  }
}
