import { basename, isAbsolute, relative, resolve, sep } from 'node:path';
import { LifelongError } from '../core/errors.js';
import type { RunRecord } from '../core/run-record.js';
import type { TaskStream } from '../core/stream.js';
import { exists } from '../data/files.js';
import { findManifest, shippedManifests } from '../streams/find-manifest.js';
import { streamFromManifest } from '../streams/load-stream.js';

/** How a run remembers where its stream's manifest is: the name of a shipped one, else the path from the run folder, so that both can move together. */
export async function rememberedSource(source: string, run: string): Promise<string> {
  const name = basename(source, '.yaml');
  if ((await shippedManifests()).get(name) === source) return name;
  const path = relative(resolve(run), resolve(source));
  return (isAbsolute(path) || path.startsWith('.') ? path : `.${sep}${path}`).split(sep).join('/');
}

/**
 * The stream that a run was started with, as its record keeps it.
 *
 * @throws LifelongError `usage` for a run over tasks made by a program, which has to hand them over again; `config` or `data` when the manifest's
 * data are gone
 */
export async function rememberedStream(record: RunRecord, run: string): Promise<TaskStream> {
  const { manifest, source, name } = record.stream;
  if (manifest === null || source === null) {
    throw new LifelongError(
      'usage',
      `stream ${name} of ${run} was made by a program`,
      'hand its tasks over again: (await openRun(run)).resume(tasks)',
    );
  }
  const path = source.startsWith('.') || isAbsolute(source) ? resolve(run, source) : await findManifest(source);
  try {
    return await streamFromManifest(manifest, path);
  } catch (error) {
    if (!(error instanceof LifelongError) || (await exists(path))) throw error;
    throw new LifelongError(
      error.code,
      `stream ${name} of ${run}: its manifest at ${path} expected, with its data, found none; ${error.message}`,
      'bring both back to where they were, as seen from the run folder',
      { cause: error },
    );
  }
}
