import { z } from 'zod';
import { LifelongError } from '../../../core/errors.js';
import type { Babble } from '../../audio/babble.js';
import { frameStep, mostSeconds, soundRate } from '../../audio/log-mel.js';
import { chosenRecordings } from '../../audio/named-recordings.js';
import { recordingKind } from '../../audio/recording-kind.js';
import { selectionSchema } from '../../audio/selection.js';
import type { FilesByClass } from '../../class-folders/class-forms.js';
import { sortFiles } from '../../class-folders/class-files.js';
import { listFolder } from '../../files.js';
import { path } from './keys.js';
import { section } from './section.js';

/** Keys of every source of recordings. */
export const recordingKeys = {
  seconds: z
    .number()
    .min(0.1)
    .max(mostSeconds)
    .default(1)
    .describe('of a recording; longer ones are cut, and counted, shorter ones get silence behind them'),
  babble: section({
    snr: z.number().min(-100).max(100).describe('how much stronger a recording is, in dB'),
    voices: z.int().min(1).max(64).default(3).describe('how many sound at once'),
    only: selectionSchema.optional().describe('which of them, by what their names say'),
    seed: z.int().min(0).default(0).describe('rules which recording gets which'),
  })
    .optional()
    .describe('other recordings that are mixed in, always the same into the same'),
  babbleFrom: path.optional().describe('folder of the recordings that are mixed in, where it is another'),
};

/** Frames of spectrograms of so many seconds. */
export const framesOf = (seconds: number): number => Math.round((seconds * soundRate) / frameStep);

/** What a section says of babble. */
interface BabbleSection {
  readonly babble?: z.infer<(typeof recordingKeys)['babble']>;
  readonly babbleFrom?: string | undefined;
  readonly files?: string | undefined;
}

/**
 * The recordings that are mixed into those of a folder.
 *
 * @param parts recordings that are learned or tested with: none of them may be mixed in
 * @throws LifelongError `data` where there are fewer recordings than voices, or one is in a part
 */
export async function babbleOf(
  folder: string,
  { babble, babbleFrom = folder, files }: BabbleSection,
  parts: readonly FilesByClass[],
): Promise<Babble | undefined> {
  if (!babble) return undefined;
  const { only, ...mixed } = babble;
  const paths =
    files === undefined ? await wavFiles(babbleFrom, only) : await chosenRecordings(babbleFrom, files, only ?? {}, 'babble.only');
  if (paths.length < mixed.voices) {
    throw new LifelongError(
      'data',
      `${babbleFrom}: ${mixed.voices} recordings or more for data.babble expected, found ${paths.length}`,
      'change data.babble.only, or data.babble.voices',
    );
  }
  const known = new Set(parts.flatMap((byClass) => [...byClass.values()].flat()));
  const twice = paths.find((found) => known.has(found));
  if (twice === undefined) return { ...mixed, paths };
  throw new LifelongError(
    'data',
    `${twice}: a recording for data.babble or for a task expected, found it for both`,
    'choose them with data.babble.only and data.parts',
  );
}

async function wavFiles(folder: string, only: unknown): Promise<string[]> {
  if (only !== undefined) {
    throw new LifelongError(
      'config',
      'data.babble.only: data.files beside it expected, found none',
      'set data.files to how recordings are named',
    );
  }
  return (await sortFiles(recordingKind, folder, (await listFolder(folder)).files)).found;
}
